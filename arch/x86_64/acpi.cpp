#include "arch/x86_64/acpi.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>

// What firmware writes need not be right: nothing here is believed before it was measured, and nothing is read twice.
namespace arch {

namespace {

constexpr std::size_t CONSOLE_LINE = 4;
constexpr std::size_t MAXIMUM_TABLE_BYTES = 1 << 20; // of the tables that are read: some 60,000 cores
constexpr std::size_t MAXIMUM_TABLES = 256;          // a PC has some thirty

using Bytes = std::span<const std::byte>;

// The number at `offset`, least significant byte first; the caller has looked that it lies within.
template<typename T>
T number_at(Bytes bytes, std::size_t offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

std::string_view text_at(Bytes bytes, std::size_t offset, std::size_t length) {
    return {reinterpret_cast<const char*>(bytes.data()) + offset, length};
}

bool sum_is_zero(Bytes bytes) {
    std::uint8_t sum = 0;
    for (std::byte each : bytes)
        sum = static_cast<std::uint8_t>(sum + static_cast<std::uint8_t>(each));
    return sum == 0;
}

// Nothing where there is no memory.
Bytes read_bytes(ReadPhysical read, std::uint64_t address, std::size_t bytes) {
    const std::byte* data = address == 0 ? nullptr : read(Physical{address}, bytes);
    return data == nullptr ? Bytes{} : Bytes{data, bytes};
}

// Section 5.2.6 "System Description Table Header": signature, length, revision, checksum; 36 bytes with the rest.
constexpr std::size_t HEADER_BYTES = 36;

// The whole table at `address`, if it is one of this name.
Bytes read_table(ReadPhysical read, std::uint64_t address, std::string_view signature) {
    const Bytes header = read_bytes(read, address, HEADER_BYTES);
    if (header.empty() || text_at(header, 0, 4) != signature)
        return {};
    const std::size_t length = number_at<std::uint32_t>(header, 4);
    if (length < HEADER_BYTES || length > MAXIMUM_TABLE_BYTES)
        return {};
    const Bytes table = read_bytes(read, address, length);
    return !table.empty() && sum_is_zero(table) ? table : Bytes{};
}

// A list of the addresses of tables: the RSDT, of 32 bits each, or the XSDT, of 64.
struct Directory {
    Bytes table;
    std::size_t entry_bytes = 4;

    std::size_t count() const {
        return table.empty() ? 0 : std::min((table.size() - HEADER_BYTES) / entry_bytes, MAXIMUM_TABLES);
    }
    std::uint64_t address(std::size_t index) const {
        const std::size_t offset = HEADER_BYTES + index * entry_bytes;
        return entry_bytes == 8 ? number_at<std::uint64_t>(table, offset) : number_at<std::uint32_t>(table, offset);
    }
};

// Section 5.2.5.3 "Root System Description Pointer (RSDP) Structure". What a loader copies may be the 20 bytes of
// revision 0, whatever revision it says: the rest is believed if its own checksum is right.
Directory find_directory(Physical root, ReadPhysical read) {
    constexpr std::size_t OLD_BYTES = 20;
    constexpr std::size_t BYTES = 36;
    const Bytes old = read_bytes(read, number(root), OLD_BYTES);
    if (old.empty() || text_at(old, 0, 8) != "RSD PTR " || !sum_is_zero(old))
        return {};
    const std::uint8_t revision = number_at<std::uint8_t>(old, 15);
    const Bytes pointer = revision >= 2 ? read_bytes(read, number(root), BYTES) : Bytes{};
    if (!pointer.empty() && number_at<std::uint32_t>(pointer, 20) == BYTES && sum_is_zero(pointer))
        if (const Bytes table = read_table(read, number_at<std::uint64_t>(pointer, 24), "XSDT"); !table.empty())
            return {table, 8};
    return {read_table(read, number_at<std::uint32_t>(old, 16), "RSDT"), 4};
}

struct IoApic {
    Physical address;
    std::uint32_t first_global;
};

struct Found {
    IoApic io_apics[AcpiInterrupts::MAXIMUM_IO_APICS];
    std::size_t count = 0;
};

void add_core(std::uint32_t id, std::uint32_t flags, AcpiInterrupts& result) {
    constexpr std::uint32_t ENABLED = 1 << 0;
    for (std::size_t index = 0; index < result.core_count; ++index)
        if (result.cores[index] == id) // two tables, or two structures, may list it
            return;
    if ((flags & ENABLED) != 0 && result.core_count < AcpiInterrupts::MAXIMUM_CORES)
        result.cores[result.core_count++] = id;
}

// Type 2: bus, line, global number, MPS INTI flags: bits 0-1 polarity, 2-3 trigger; 3 is active low, level.
void take_override(Bytes entry, AcpiInterrupts& result) {
    const std::uint8_t line = number_at<std::uint8_t>(entry, 3);
    const std::uint16_t flags = number_at<std::uint16_t>(entry, 8);
    if (line >= 16)
        return;
    result.isa[line].global = number_at<std::uint32_t>(entry, 4);
    result.isa[line].level_triggered = (flags >> 2 & 3) == 3;
    result.isa[line].active_low = (flags & 3) == 3;
}

// One structure of the MADT. A shorter one than its type has is passed over.
void take_entry(Bytes entry, AcpiInterrupts& result, Found& found) {
    enum Type : std::uint8_t { LOCAL_APIC = 0, IO_APIC = 1, OVERRIDE = 2, LOCAL_X2APIC = 9 };
    switch (number_at<std::uint8_t>(entry, 0)) {
    case LOCAL_APIC:
        if (entry.size() >= 8)
            add_core(number_at<std::uint8_t>(entry, 3), number_at<std::uint32_t>(entry, 4), result);
        break;
    case LOCAL_X2APIC:
        if (entry.size() >= 16)
            add_core(number_at<std::uint32_t>(entry, 4), number_at<std::uint32_t>(entry, 8), result);
        break;
    case IO_APIC:
        if (entry.size() >= 12 && number_at<std::uint32_t>(entry, 4) != 0 &&
            found.count < AcpiInterrupts::MAXIMUM_IO_APICS)
            found.io_apics[found.count++] = {Physical{number_at<std::uint32_t>(entry, 4)},
                                             number_at<std::uint32_t>(entry, 8)};
        break;
    case OVERRIDE:
        if (entry.size() >= 10)
            take_override(entry, result);
        break;
    default:
        break;
    }
}

// Which one has a line only it can tell exactly (its version register): of those that begin at the line or before it,
// the last, for their lines do not overlap.
void find_io_apic(AcpiInterrupts::Line& line, const Found& found) {
    const IoApic* best = nullptr;
    for (const IoApic& each : std::span{found.io_apics, found.count})
        if (each.first_global <= line.global && (best == nullptr || each.first_global > best->first_global))
            best = &each;
    if (best == nullptr)
        return;
    line.io_apic = best->address;
    line.first_global = best->first_global;
}

// Section 5.2.12: behind the header the local APIC's address and flags, then the structures.
void read_interrupt_table(Bytes table, AcpiInterrupts& result) {
    Found found;
    std::size_t at = HEADER_BYTES + 8;
    while (at + 2 <= table.size()) {
        const std::size_t bytes = number_at<std::uint8_t>(table, at + 1);
        if (bytes < 2 || bytes > table.size() - at)
            break;
        take_entry(table.subspan(at, bytes), result, found);
        at += bytes;
    }
    if (found.count == 0)
        return;
    result.io_apic_count = found.count;
    for (std::size_t i = 0; i < found.count; ++i)
        result.io_apics[i] = found.io_apics[i].address;
    for (AcpiInterrupts::Line& line : result.isa)
        find_io_apic(line, found);
    result.io_apic = result.isa[CONSOLE_LINE].io_apic;
    result.first_global = result.isa[CONSOLE_LINE].first_global;
}

} // namespace

AcpiInterrupts acpi_interrupts(Physical root, ReadPhysical read) {
    AcpiInterrupts result;
    for (std::uint32_t line = 0; line < 16; ++line)
        result.isa[line].global = line;
    const Directory directory = find_directory(root, read);
    for (std::size_t index = 0; index < directory.count(); ++index)
        if (const Bytes table = read_table(read, directory.address(index), "APIC"); !table.empty()) {
            read_interrupt_table(table, result); // as a rule there is one; some firmware has two
        }
    return result;
}

} // namespace arch
