#include "arch/x86_64/acpi.hpp"
#include "arch/x86_64/apic.hpp"
#include "arch/x86_64/device_memory.hpp"
#include "arch/x86_64/trap.hpp"

namespace arch {

namespace {

// The two windows of the 82093AA, in words, and its registers.
constexpr unsigned SELECT = 0x00 / 4;
constexpr unsigned WINDOW = 0x10 / 4;
constexpr std::uint32_t VERSION = 1;
constexpr std::uint32_t FIRST_ENTRY = 0x10; // two registers a line
constexpr std::uint32_t MASKED = 1 << 16;
constexpr std::uint32_t LEVEL_TRIGGERED = 1 << 15;
constexpr std::uint32_t ACTIVE_LOW = 1 << 13;

constinit volatile std::uint32_t* registers = nullptr;
constinit AcpiInterrupts routing{};

std::uint32_t read(std::uint32_t which) {
    registers[SELECT] = which;
    return registers[WINDOW];
}

void write(std::uint32_t which, std::uint32_t value) {
    registers[SELECT] = which;
    registers[WINDOW] = value;
}

} // namespace

void io_apic_initialise(Physical root) {
    routing = acpi_interrupts(root);
    registers = device_memory<std::uint32_t>(routing.io_apic);
    const std::uint32_t lines = (read(VERSION) >> 16 & 0xff) + 1;
    for (std::uint32_t line = 0; line < lines; ++line)
        write(FIRST_ENTRY + 2 * line, MASKED);
}

std::span<const std::uint32_t> listed_cores() {
    return {routing.cores, routing.core_count};
}

void io_apic_enable_isa_line(std::uint8_t line) {
    const AcpiInterrupts::Line& route = routing.isa[line];
    const std::uint32_t entry = FIRST_ENTRY + 2 * (route.global - routing.first_global);
    write(entry + 1, local_apic_id() << 24);
    write(entry, static_cast<std::uint32_t>(FIRST_ISA + line) | (route.level_triggered ? LEVEL_TRIGGERED : 0) |
                     (route.active_low ? ACTIVE_LOW : 0));
}

} // namespace arch
