#pragma once

#include "kernel/lib/format.hpp"
#include "kernel/lib/machine.hpp"

namespace kernel {

// The longest line that log and panic print; the rest is cut off.
inline constexpr std::size_t LINE_BYTES = 512;

// Writes one line to the console: log("{} frames free", count). Any context.
template<typename... T>
void log(std::string_view text, const T&... values) {
    char buffer[LINE_BYTES];
    char line[LINE_BYTES + 1];
    console_write(format(line, "{}\n", format(buffer, text, values...)));
}

} // namespace kernel
