#pragma once

#include "labs/5-process/user/runtime/pollux.hpp"

#include <span>
#include <string_view>

// What the programs of the tests share. Each is several acts: the first argument says which one, the others are the
// act's. An act's exit code is 0 when all was as it must be, else the line of the check that failed.
namespace user {

struct Act {
    std::string_view name;
    int (*run)(std::span<const char* const> arguments);
};

inline constexpr int NO_SUCH_ACT = 9999;

inline int run_act(std::span<const Act> acts, int argument_count, char** arguments) {
    if (argument_count < 2)
        return NO_SUCH_ACT;
    for (const Act& act : acts)
        if (act.name == arguments[1])
            return act.run(std::span<const char* const>{arguments + 2, static_cast<std::size_t>(argument_count - 2)});
    return NO_SUCH_ACT;
}

inline std::uint64_t number_argument(std::span<const char* const> arguments, std::size_t index,
                                     std::uint64_t otherwise) {
    return index < arguments.size() ? read_number(arguments[index], otherwise) : otherwise;
}

// Addresses that no program may use: too low, the kernel's, not canonical, never mapped.
inline constexpr std::uint64_t FORBIDDEN[] = {
    0,
    8,
    0xffff,
    0x3000'0000,
    0x0000'7fff'ffff'f000,
    0x0000'7fff'ffff'ffff,
    0x0000'8000'0000'0000,
    0xffff'7fff'ffff'ffff,
    0xffff'8000'0000'1000,
    0xffff'ffff'8010'0000,
    0xffff'ffff'ffff'ffff,
};

inline constexpr std::size_t PAGE = 4096;

// The first byte behind a fresh page that may be used, and which nothing usable follows; null without memory.
inline char* end_of_a_page(MapAccess access = MapAccess::read_write) {
    const std::int64_t page = map(PAGE, access);
    return page < 0 ? nullptr : reinterpret_cast<char*>(page) + PAGE;
}

} // namespace user

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return __LINE__;                                                                                           \
    } while (false)
