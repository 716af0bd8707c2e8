#include "arch/x86_64/acpi.hpp"

#include "arch/x86_64/device_memory.hpp"

#include <cstring>
#include <iterator>

namespace arch {

namespace {

struct [[gnu::packed]] RootPointer { // RSDP, revision 0
    char signature[8];
    std::uint8_t checksum;
    char oem[6];
    std::uint8_t revision;
    std::uint32_t root_table;
};

struct [[gnu::packed]] TableHeader {
    char signature[4];
    std::uint32_t bytes;
    std::uint8_t revision;
    std::uint8_t checksum;
    char oem[26];
};
static_assert(sizeof(TableHeader) == 36);

struct [[gnu::packed]] InterruptTable { // MADT
    TableHeader header;
    std::uint32_t local_apic;
    std::uint32_t flags;
};

struct [[gnu::packed]] LocalApicEntry { // type 0
    std::uint8_t type, bytes;
    std::uint8_t processor, id;
    std::uint32_t flags; // bit 0: can run
};

struct [[gnu::packed]] LocalX2apicEntry { // type 9
    std::uint8_t type, bytes;
    std::uint16_t reserved;
    std::uint32_t id;
    std::uint32_t flags;
};

struct [[gnu::packed]] IoApicEntry { // type 1
    std::uint8_t type, bytes;
    std::uint8_t id, reserved;
    std::uint32_t address;
    std::uint32_t first_global;
};

struct [[gnu::packed]] OverrideEntry { // type 2
    std::uint8_t type, bytes;
    std::uint8_t bus, line;
    std::uint32_t global;
    std::uint16_t flags; // MPS INTI: bits 0-1 polarity, 2-3 trigger; 3 is active low, level
};

// The tables lie in reserved memory, which the direct map need not cover: map header, then all of it.
const TableHeader* map_table(std::uint32_t address) {
    const auto* header = const_cast<const TableHeader*>(device_memory<TableHeader>(Physical{address}));
    device_memory<std::byte>(Physical{address}, header->bytes);
    return header;
}

void add_core(std::uint32_t id, std::uint32_t flags, AcpiInterrupts& result) {
    constexpr std::uint32_t ENABLED = 1 << 0;
    if ((flags & ENABLED) != 0 && result.core_count < std::size(result.cores))
        result.cores[result.core_count++] = id;
}

void read_interrupt_table(const InterruptTable& table, AcpiInterrupts& result) {
    bool found = false;
    const auto* at = reinterpret_cast<const std::uint8_t*>(&table + 1);
    const auto* end = reinterpret_cast<const std::uint8_t*>(&table) + table.header.bytes;
    while (at + 2 <= end && at[1] >= 2) {
        if (at[0] == 0) {
            const auto& entry = *reinterpret_cast<const LocalApicEntry*>(at);
            add_core(entry.id, entry.flags, result);
        } else if (at[0] == 9) {
            const auto& entry = *reinterpret_cast<const LocalX2apicEntry*>(at);
            add_core(entry.id, entry.flags, result);
        } else if (at[0] == 1 && !found) {
            const auto& entry = *reinterpret_cast<const IoApicEntry*>(at);
            result.io_apic = Physical{entry.address};
            result.first_global = entry.first_global;
            found = true;
        } else if (at[0] == 2) {
            const auto& entry = *reinterpret_cast<const OverrideEntry*>(at);
            if (entry.line < 16)
                result.isa[entry.line] = {entry.global, (entry.flags >> 2 & 3) == 3, (entry.flags & 3) == 3};
        }
        at += at[1];
    }
}

} // namespace

AcpiInterrupts acpi_interrupts(Physical root) {
    AcpiInterrupts result;
    for (std::uint32_t line = 0; line < 16; ++line)
        result.isa[line].global = line;
    if (number(root) == 0)
        return result;
    const auto* pointer = direct<const RootPointer>(root);
    const TableHeader* directory = map_table(pointer->root_table);
    const auto* entries = reinterpret_cast<const std::uint32_t*>(directory + 1);
    for (std::size_t index = 0; index < (directory->bytes - sizeof *directory) / 4; ++index) {
        const TableHeader* table = map_table(entries[index]);
        if (std::memcmp(table->signature, "APIC", 4) == 0)
            read_interrupt_table(*reinterpret_cast<const InterruptTable*>(table), result);
    }
    return result;
}

} // namespace arch
