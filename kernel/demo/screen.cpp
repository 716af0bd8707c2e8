#include "kernel/demo/screen.hpp"

#include "kernel/lib/machine.hpp"

namespace demo {

// Clears the screen once; later pictures are drawn over the one before, so that nothing flickers.
void begin_picture(std::string_view title) {
    static constinit bool is_first = true;
    kernel::console_write(is_first ? "\033[2J\033[H" : "\033[H");
    is_first = false;
    line("{}", title);
    line("");
}

std::string_view bar(char (&room)[64], char sign, std::uint64_t length) {
    constexpr std::uint64_t LONGEST = 60;
    const std::uint64_t used = length < LONGEST ? length : LONGEST;
    for (std::uint64_t i = 0; i < used; ++i)
        room[i] = sign;
    return {room, used};
}

void end() {
    line("");
    line("The demo is over.");
    kernel::console_write("\033[J");
}

} // namespace demo
