#pragma once

#include "arch/x86_64/instructions.hpp"

// The local APIC's registers, in place: every interrupt writes one, and every deadline another.
namespace arch::local_apic {

// Offsets as in memory; in x2APIC mode register r is MSR 0x800 + r / 16 (SDM volume 3, table 11-6).
enum Register : std::uint32_t {
    ID = 0x020,
    TASK_PRIORITY = 0x080,
    END_OF_INTERRUPT = 0x0b0,
    SPURIOUS_VECTOR = 0x0f0,
    COMMAND = 0x300,     // ICR; in x2APIC mode one register of 64 bits
    DESTINATION = 0x310, // its upper half in memory
    TIMER_ENTRY = 0x320,
    LINT0_ENTRY = 0x350,
    INITIAL_COUNT = 0x380,
    CURRENT_COUNT = 0x390,
    DIVIDE = 0x3e0,
};

// Set by local_apic_initialise.
extern constinit bool x2apic;
extern constinit volatile std::uint32_t* registers; // null in x2APIC mode

inline constexpr std::uint32_t MSR_X2APIC_FIRST = 0x800;

inline std::uint32_t read(Register which) {
    return x2apic ? static_cast<std::uint32_t>(read_msr(MSR_X2APIC_FIRST + which / 16)) : registers[which / 4];
}

inline void write(Register which, std::uint32_t value) {
    if (x2apic)
        write_msr(MSR_X2APIC_FIRST + which / 16, value);
    else
        registers[which / 4] = value;
}

} // namespace arch::local_apic
