#include "arch/x86_64/acpi.hpp"
#include "arch/x86_64/apic.hpp"
#include "arch/x86_64/device_memory.hpp"
#include "arch/x86_64/trap.hpp"
#include "kernel/lib/log.hpp"

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

constinit AcpiInterrupts routing{};

// One I/O APIC, whose registers are mapped.
class IoApic {
public:
    explicit IoApic(Physical address) : registers_{device_memory<std::uint32_t>(address, 0x14)} {}

    std::uint32_t lines() const {
        registers_[SELECT] = VERSION;
        return (registers_[WINDOW] >> 16 & 0xff) + 1;
    }
    void write(std::uint32_t which, std::uint32_t value) const {
        registers_[SELECT] = which;
        registers_[WINDOW] = value;
    }

private:
    volatile std::uint32_t* registers_;
};

} // namespace

void io_apic_initialise(Physical root) {
    routing = acpi_interrupts(root);
    for (std::size_t i = 0; i < routing.io_apic_count; ++i) {
        const IoApic io_apic{routing.io_apics[i]};
        const std::uint32_t lines = io_apic.lines();
        for (std::uint32_t line = 0; line < lines; ++line)
            io_apic.write(FIRST_ENTRY + 2 * line, MASKED);
    }
}

std::span<const std::uint32_t> listed_cores() {
    return {routing.cores, routing.core_count};
}

void io_apic_enable_isa_line(std::uint8_t line) {
    const AcpiInterrupts::Line& route = routing.isa[line];
    const IoApic io_apic{route.io_apic};
    // An entry has eight bits for the core. A console that only speaks is better than none.
    if (route.global - route.first_global >= io_apic.lines() || local_apic_id() > 0xff) {
        kernel::log("pollux: ISA line {} does not reach core {}: nothing can be typed", line, local_apic_id());
        return;
    }
    const std::uint32_t entry = FIRST_ENTRY + 2 * (route.global - route.first_global);
    io_apic.write(entry + 1, local_apic_id() << 24);
    io_apic.write(entry, static_cast<std::uint32_t>(FIRST_ISA + line) | (route.level_triggered ? LEVEL_TRIGGERED : 0) |
                             (route.active_low ? ACTIVE_LOW : 0));
}

} // namespace arch
