#pragma once

#include "arch/x86_64/instructions.hpp"

namespace arch {

// Stops the whole machine at this very instruction, until its emulator is told to go on, where QEMU runs with -device
// pvpanic -action panic=pause (docs/specs/pvpanic.rst). Elsewhere nothing happens: on a PC the port may be a pin's. Any
// context.
inline void pause_machine() {
    if (!is_virtual_machine())
        return;
    constexpr std::uint16_t PVPANIC = 0x505;
    constexpr std::uint8_t PANICKED = 1 << 0;
    out8(PVPANIC, PANICKED);
}

} // namespace arch
