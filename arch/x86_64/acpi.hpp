#pragma once

#include "arch/x86_64/layout.hpp"

#include <cstddef>
#include <cstdint>

namespace arch {

// What the ACPI tables say of interrupts (ACPI Specification 6.4, section 5.2.12, the MADT). Without tables, or with
// none that can be believed, it is what a PC has always had: an I/O APIC at 0xfec00000 and ISA line n on its line n.
struct AcpiInterrupts {
    struct Line {
        std::uint32_t global = 0;
        bool level_triggered = false;
        bool active_low = false;
        // The I/O APIC that has the line, and the global number of that one's line 0.
        Physical io_apic{0xfec0'0000};
        std::uint32_t first_global = 0;
    };
    static constexpr std::size_t MAXIMUM_IO_APICS = 16;
    static constexpr std::size_t MAXIMUM_CORES = 64;

    Line isa[16];
    // The I/O APIC of the console's line.
    Physical io_apic{0xfec0'0000};
    std::uint32_t first_global = 0;
    // All of them, in the order of the tables, and the local APICs of the cores that can run; what does not fit is left
    // out.
    Physical io_apics[MAXIMUM_IO_APICS] = {Physical{0xfec0'0000}};
    std::size_t io_apic_count = 1;
    std::uint32_t cores[MAXIMUM_CORES] = {};
    std::size_t core_count = 0;
};

// Gives `bytes` of memory at a physical address as they can be read, or null where there can be no memory.
using ReadPhysical = const std::byte* (*)(Physical address, std::size_t bytes);

// Reads the tables, whatever is in them: what is out of bounds, has a wrong checksum or another signature is passed
// over. `root` is the address of a copy of the RSDP structure, or 0 when the loader found none.
AcpiInterrupts acpi_interrupts(Physical root, ReadPhysical read);

// The same of the machine's own memory. Once the kernel's page tables are loaded; interrupts off.
AcpiInterrupts acpi_interrupts(Physical root);

} // namespace arch
