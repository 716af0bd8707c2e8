#pragma once

#include "kernel/lib/format.hpp"

#include <source_location>

namespace kernel {

// Ends the run with a report: the text, where it happened, a backtrace. For bugs of our own, never for a user program's
// fault nor for what may happen (see std::expected). Any context. panic_text is what the template panic is made of.
[[noreturn]] void panic_text(std::string_view text, std::source_location where);

// The format and the place of the call; a constructor is the one way to have a default argument before a pack.
struct PanicFormat {
    std::string_view text;
    std::source_location where;
    consteval PanicFormat(const char* format, std::source_location location = std::source_location::current())
        : text{format}, where{location} {}
};

template<typename... T>
[[noreturn]] void panic(PanicFormat format, const T&... values) {
    char buffer[256];
    panic_text(kernel::format(buffer, format.text, values...), format.where);
}

} // namespace kernel

// States what must hold if the kernel has no bug, and panics with its text when it does not. Never compiled out; costs
// one comparison.
#define KASSERT(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition)) [[unlikely]]                                                                                 \
            kernel::panic_text("assertion failed: " #condition, std::source_location::current());                      \
    } while (false)
