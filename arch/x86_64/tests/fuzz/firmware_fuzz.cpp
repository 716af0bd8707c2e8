// What firmware and boot loader hand over, as bytes that anybody may have written: libFuzzer's, laid out as a boot
// finds them. Nothing outside of them is read (AddressSanitizer), nothing goes on for ever, and what is believed holds
// together.
//
// The first byte chooses:
//   bit 0   the ACPI tables (0), from their root pointer on, which lies at BASE; or a multiboot2 information (1)
//   bit 1   all bytes are the input's (0); or those of a good machine are, and the input is a list of changes to them
//   (1):
//           two bytes for where, one for what
//   bit 2   of ACPI tables: the checksums are put right in the end, so that more is tried than the first look at one

#include "arch/x86_64/acpi.hpp"
#include "arch/x86_64/multiboot2.hpp"
#include "arch/x86_64/tests/firmware.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace {

using firmware::BASE;

void must(bool holds, const char* what) {
    if (holds)
        return;
    std::fprintf(stderr, "what must hold does not: %s\n", what);
    std::abort();
}

std::vector<std::byte> memory;

// Each piece that is asked for is one of its own, so that a step over its end is seen.
std::vector<std::unique_ptr<std::byte[]>> pieces;
std::size_t asked_for = 0;

const std::byte* read_memory(arch::Physical address, std::size_t bytes) {
    ++asked_for;
    const std::uint64_t at = arch::number(address);
    if (at < BASE || at - BASE > memory.size() || bytes > memory.size() - (at - BASE))
        return nullptr;
    pieces.push_back(std::make_unique<std::byte[]>(bytes));
    std::memcpy(pieces.back().get(), memory.data() + (at - BASE), bytes);
    return pieces.back().get();
}

void put_sum_right(std::size_t at, std::size_t bytes, std::size_t checksum) {
    if (at <= memory.size() && bytes <= memory.size() - at && checksum < bytes)
        firmware::put_sum_right({memory.data() + at, bytes}, checksum);
}

// Whatever looks like a table gets its checksum; the two of the root pointer last, which lies before them.
void put_sums_right() {
    for (std::size_t at = 0; at + 36 <= memory.size(); ++at)
        for (const char* name : {"APIC", "RSDT", "XSDT"})
            if (std::memcmp(memory.data() + at, name, 4) == 0) {
                std::uint32_t bytes;
                std::memcpy(&bytes, memory.data() + at + 4, 4);
                put_sum_right(at, bytes, 9);
            }
    put_sum_right(0, 20, 8);
    put_sum_right(0, 36, 32);
}

void try_acpi() {
    pieces.clear();
    asked_for = 0;
    const arch::AcpiInterrupts found = arch::acpi_interrupts(arch::Physical{BASE}, read_memory);
    must(asked_for <= 2 + 2 * 3 + 2 * 256, "a bounded number of tables is read");
    must(found.io_apic_count >= 1 && found.io_apic_count <= arch::AcpiInterrupts::MAXIMUM_IO_APICS, "I/O APICs fit");
    must(found.core_count <= arch::AcpiInterrupts::MAXIMUM_CORES, "cores fit");
    for (std::size_t i = 0; i < found.io_apic_count; ++i)
        must(arch::number(found.io_apics[i]) != 0, "no I/O APIC lies at 0");
    for (const auto& line : found.isa)
        must(arch::number(line.io_apic) != 0, "each line has an I/O APIC");
    must(found.io_apic == found.isa[4].io_apic && found.first_global == found.isa[4].first_global,
         "the console's line");
}

void try_multiboot2() {
    constexpr std::uint64_t GIB = 1 << 30;
    arch::LoadedSymbols symbols;
    const std::size_t bytes = memory.size();
    const auto raw = std::make_unique<std::byte[]>(bytes);
    std::memcpy(raw.get(), memory.data(), bytes);
    if (arch::multiboot2_parse({raw.get(), bytes}, arch::Physical{BASE}, 0x40'0000, symbols) != nullptr)
        return;
    const arch::BootInformation& found = arch::boot_information();
    for (const arch::MemoryRange& range : found.available)
        must(arch::number(range.begin) < arch::PART_BYTES &&
                 range.bytes <= arch::PART_BYTES - arch::number(range.begin),
             "memory is what can be mapped");
    for (const arch::MemoryRange& range : found.reserved)
        must(arch::number(range.begin) <= GIB && range.bytes <= GIB - arch::number(range.begin),
             "what was loaded lies in the first GiB");
    for (const arch::Module& module : found.modules) {
        const auto* name = reinterpret_cast<const std::byte*>(module.name.data());
        must(name >= raw.get() && name + module.name.size() <= raw.get() + bytes, "a name lies in the information");
        must(module.name.find('\0') == module.name.npos, "a name ends at its zero");
    }
    must(symbols.symbols.bytes <= GIB && arch::number(symbols.names) <= GIB, "symbols lie in the first GiB");
    must(arch::number(found.acpi_root) == 0 || arch::number(found.acpi_root) + 20 <= BASE + bytes,
         "the root pointer lies in the information");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const auto* bytes = reinterpret_cast<const std::byte*>(data);
    const bool loader = (data[0] & 1) != 0;
    if ((data[0] & 2) == 0) {
        memory.assign(bytes + 1, bytes + size);
    } else {
        const std::span<const std::byte> good = loader ? firmware::good_information() : firmware::good_tables();
        memory.assign(good.begin(), good.end());
        for (std::size_t at = 1; at + 3 <= size; at += 3)
            memory[(data[at] | data[at + 1] << 8) % memory.size()] = bytes[at + 2];
    }
    if (loader) {
        try_multiboot2();
        return 0;
    }
    if ((data[0] & 4) != 0)
        put_sums_right();
    try_acpi();
    return 0;
}
