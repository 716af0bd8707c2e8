#pragma once

#include "kernel/lib/log.hpp"

#include <cstdint>
#include <string_view>

// What the demos draw with: a screen of 80 by 24 on the serial console, drawn again a few times a second.
namespace demo {

// As long as a demo lasts by itself, and how often it draws.
inline constexpr std::uint64_t SECOND = 1'000'000'000;
inline constexpr std::uint64_t LASTS = 12 * SECOND;
inline constexpr std::uint64_t FRAME = SECOND / 8;

// The next picture begins, over the last one; with its title.
void begin_picture(std::string_view title);

// One line of it; what the last one had there and this one has not is gone.
template<typename... T>
void line(std::string_view text, const T&... values) {
    char buffer[kernel::LINE_BYTES];
    kernel::log("{}\033[K", kernel::format(buffer, text, values...));
}

// A bar of `length` signs, at most 60, in `room`, which holds 64.
std::string_view bar(char (&room)[64], char sign, std::uint64_t length);

// The demo is over: the cursor stands below the last picture.
void end();

} // namespace demo
