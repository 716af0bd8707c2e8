#include "arch/x86_64/watchdog.hpp"

#include "arch/x86_64/instructions.hpp"

namespace arch {

namespace {

constexpr std::uint16_t STOP = 0x441;
constexpr std::uint16_t START = 0x443;

} // namespace

// On a PC these ports may be the chipset's power management. Linux drivers/watchdog/ib700wdt.c: the port takes 0 for 30
// seconds down to 15 for none, two seconds a step.
void watchdog_start(unsigned seconds) {
    if (!is_virtual_machine())
        return;
    const unsigned steps = seconds < 2 ? 1 : seconds > 30 ? 15 : (seconds + 1) / 2;
    out8(START, static_cast<std::uint8_t>(15 - steps));
}

void watchdog_stop() {
    if (is_virtual_machine())
        out8(STOP, 0);
}

} // namespace arch
