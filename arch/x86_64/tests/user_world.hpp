#pragma once

#include "arch/x86_64/layout.hpp"
#include "arch/x86_64/paging.hpp"
#include "arch/x86_64/user_mode.hpp"

#include <cstddef>
#include <cstring>

namespace user_world {

// A few instructions of ring 3 in the kernel's image, position-independent, to be copied to where ring 3 may run them.
struct Code {
    const std::byte* begin;
    const std::byte* end;
    std::size_t bytes() const { return static_cast<std::size_t>(end - begin); }
};

#define USER_CODE(name_, text_)                                                                                        \
    asm(".pushsection .rodata\n"                                                                                       \
        "user_code_" #name_ ": " text_ "\n"                                                                            \
        "user_code_" #name_ "_end:\n"                                                                                  \
        ".popsection");                                                                                                \
    extern "C" const std::byte user_code_##name_[];                                                                    \
    extern "C" const std::byte user_code_##name_##_end[];                                                              \
    static constexpr user_world::Code name_ {                                                                          \
        user_code_##name_, user_code_##name_##_end                                                                     \
    }

// An address space with a page of code, one of stack, and a page of code at the end of all, loaded while this lives.
// What it is made of lies in the image.
inline constexpr std::uintptr_t CODE = arch::USER_BEGIN;
inline constexpr std::uintptr_t STACK = arch::USER_BEGIN + 0x2000;
inline constexpr std::uintptr_t STACK_TOP = STACK + arch::PAGE_BYTES;
inline constexpr std::uintptr_t LAST_PAGE = arch::USER_END - arch::PAGE_BYTES;

class UserWorld {
public:
    UserWorld();
    ~UserWorld();

    // Puts `code` at the begin of the page of code, and makes a context that begins there.
    arch::UserContext begin(const Code& code);

    // Runs `code` from a fresh context until it traps.
    arch::Trap run(const Code& code);

    // Puts `code` at the very end of the last page, and returns where.
    std::uintptr_t put_last(const Code& code);

private:
    std::uint64_t before_;
};

} // namespace user_world
