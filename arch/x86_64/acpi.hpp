#pragma once

#include "arch/x86_64/layout.hpp"

#include <cstddef>
#include <cstdint>

namespace arch {

// What the ACPI tables say of interrupts (ACPI Specification 6.4, section 5.2.12, the MADT). Without tables it is what
// a PC has always had: an I/O APIC at 0xfec00000 and ISA line n on its line n.
struct AcpiInterrupts {
    struct Line {
        std::uint32_t global = 0;
        bool level_triggered = false;
        bool active_low = false;
    };
    Physical io_apic{0xfec0'0000};
    std::uint32_t first_global = 0; // the global number of the I/O APIC's line 0
    Line isa[16];
    // The local APICs of the cores that can run, in the order of the tables; what does not fit is left out.
    std::uint32_t cores[64];
    std::size_t core_count = 0;
};

// Reads the tables. `root` is the address of a copy of the RSDP structure, or 0 when the loader found none. Call while
// the direct map covers the tables.
AcpiInterrupts acpi_interrupts(Physical root);

} // namespace arch
