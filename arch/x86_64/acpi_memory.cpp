#include "arch/x86_64/acpi.hpp"
#include "arch/x86_64/device_memory.hpp"
#include "arch/x86_64/instructions.hpp"

namespace arch {

namespace {

// How far addresses go: what the processor has pins for (SDM volume 2, CPUID leaf 0x80000008), and what DEVICE_BASE
// maps.
std::uint64_t end_of_addresses() {
    const std::uint32_t bits = cpuid(0x8000'0000).eax >= 0x8000'0008 ? cpuid(0x8000'0008).eax & 0xff : 36;
    return bits < 39 ? std::uint64_t{1} << bits : PART_BYTES;
}

// The tables lie in reserved memory, which the direct map need not cover.
const std::byte* read_memory(Physical address, std::size_t bytes) {
    const std::uint64_t end = end_of_addresses();
    if (number(address) >= end || bytes > end - number(address))
        return nullptr;
    return const_cast<const std::byte*>(device_memory<std::byte>(address, bytes));
}

} // namespace

AcpiInterrupts acpi_interrupts(Physical root) {
    return acpi_interrupts(root, read_memory);
}

} // namespace arch
