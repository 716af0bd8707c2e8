#include "arch/x86_64/acpi.hpp"

#include "arch/x86_64/tests/firmware.hpp"
#include "kernel/test/test.hpp"

#include <initializer_list>

// The tables of a machine that is made by hand. What is read outside of them is counted; the fuzzer in fuzz/ does more.

namespace {

using arch::AcpiInterrupts;
using arch::Physical;

constinit firmware::Memory memory;
constinit unsigned outside = 0;

const std::byte* read(Physical address, std::size_t bytes) {
    const std::uint64_t offset = number(address) - firmware::BASE;
    if (offset <= memory.size() && bytes <= memory.size() - offset)
        return memory.at(offset);
    ++outside;
    return nullptr;
}

AcpiInterrupts read_tables() {
    outside = 0;
    return arch::acpi_interrupts(Physical{firmware::BASE}, read);
}

void begin() {
    memory = {};
    firmware::reserve_root(memory);
}

std::uint64_t one_io_apic(std::uint32_t address, std::uint32_t first_global = 0) {
    const std::size_t madt = firmware::begin_madt(memory);
    firmware::add_io_apic(memory, address, first_global);
    return firmware::end_table(memory, madt);
}

std::uint32_t rsdt_of(std::initializer_list<std::uint64_t> tables) {
    return static_cast<std::uint32_t>(firmware::add_directory<std::uint32_t>(memory, "RSDT", tables));
}

constexpr std::uint32_t ELSEWHERE = 0xfed4'0000;
constexpr std::uint64_t USUAL = 0xfec0'0000;

void expect_usual() {
    const AcpiInterrupts found = read_tables();
    EXPECT_EQ(number(found.io_apic), USUAL);
    EXPECT_EQ(found.first_global, 0u);
    EXPECT_EQ(found.io_apic_count, 1u);
    for (std::uint32_t line = 0; line < 16; ++line) {
        EXPECT_EQ(found.isa[line].global, line);
        EXPECT_EQ(number(found.isa[line].io_apic), USUAL);
    }
}

} // namespace

TEST(acpi, is_not_there) {
    outside = 0;
    const AcpiInterrupts found = arch::acpi_interrupts(Physical{0}, read);
    EXPECT_EQ(number(found.io_apic), USUAL);
    EXPECT_EQ(outside, 0u);
}

TEST(acpi, reads_the_old_directory) {
    begin();
    const std::uint32_t rsdt = rsdt_of({one_io_apic(ELSEWHERE)});
    for (const std::uint8_t revision : {std::uint8_t{0}, std::uint8_t{2}}) {
        firmware::set_root(memory, rsdt, 0, revision);
        EXPECT_EQ(number(read_tables().io_apic), std::uint64_t{ELSEWHERE});
    }
}

// A firmware of today may have no RSDT.
TEST(acpi, reads_the_new_directory_alone) {
    begin();
    const std::uint64_t table = one_io_apic(ELSEWHERE);
    firmware::set_root(memory, 0, firmware::add_directory<std::uint64_t>(memory, "XSDT", {table}));
    EXPECT_EQ(number(read_tables().io_apic), std::uint64_t{ELSEWHERE});
    // Of revision 0 that is no pointer.
    firmware::set_root(memory, 0, firmware::BASE + 40, 0);
    expect_usual();
    EXPECT_EQ(outside, 0u);
}

TEST(acpi, passes_over_entries_that_are_null) {
    begin();
    const std::uint64_t table = one_io_apic(ELSEWHERE);
    firmware::set_root(memory, rsdt_of({0, table, 0}), 0);
    EXPECT_EQ(number(read_tables().io_apic), std::uint64_t{ELSEWHERE});
    EXPECT_EQ(outside, 0u);
}

TEST(acpi, passes_over_what_does_not_exist) {
    begin();
    const std::uint64_t table = one_io_apic(ELSEWHERE);
    firmware::set_root(memory, rsdt_of({0xffff'fff0, firmware::BASE + 0x10'0000, table}), 0);
    EXPECT_EQ(number(read_tables().io_apic), std::uint64_t{ELSEWHERE});
    EXPECT_EQ(outside, 2u);
}

TEST(acpi, believes_no_length_out_of_bounds) {
    for (const std::uint32_t length : {0u, 8u, 35u, 0x10'0001u, 0xffff'ffffu}) {
        begin();
        const std::uint64_t table = one_io_apic(ELSEWHERE);
        const std::uint32_t rsdt = rsdt_of({table});
        firmware::set_root(memory, rsdt, 0);
        memory.set(table - firmware::BASE + 4, length);
        expect_usual();
        memory.set(rsdt - firmware::BASE + 4, length);
        expect_usual();
        EXPECT_EQ(outside, 0u);
    }
}

TEST(acpi, believes_no_wrong_checksum_or_name) {
    begin();
    const std::uint64_t table = one_io_apic(ELSEWHERE);
    const std::uint32_t rsdt = rsdt_of({table});
    firmware::set_root(memory, rsdt, 0);
    for (const std::uint64_t place :
         {table + 9, table, rsdt + std::uint64_t{9}, std::uint64_t{rsdt}, firmware::BASE, firmware::BASE + 8}) {
        std::byte& damaged = *memory.at(place - firmware::BASE);
        damaged ^= std::byte{1};
        expect_usual();
        damaged ^= std::byte{1};
    }
    EXPECT_EQ(number(read_tables().io_apic), std::uint64_t{ELSEWHERE});
}

// An entry of no length, and ones that are cut off, end the table or are passed over.
TEST(acpi, goes_on_behind_no_broken_entry) {
    for (const std::uint8_t length : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{200}}) {
        begin();
        const std::size_t madt = firmware::begin_madt(memory);
        firmware::add_io_apic(memory, ELSEWHERE, 0);
        memory.add(std::uint8_t{1}).add(length);
        firmware::add_io_apic(memory, 0xfed5'0000, 0);
        firmware::set_root(memory, rsdt_of({firmware::end_table(memory, madt)}), 0);
        const AcpiInterrupts found = read_tables();
        EXPECT_EQ(number(found.io_apic), std::uint64_t{ELSEWHERE});
        EXPECT_EQ(found.io_apic_count, 1u);
    }
    begin();
    const std::size_t madt = firmware::begin_madt(memory);
    for (const std::uint8_t type : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{9}})
        memory.add(type).add(std::uint8_t{4}).add(std::uint16_t{0});
    firmware::set_root(memory, rsdt_of({firmware::end_table(memory, madt)}), 0);
    expect_usual();
    EXPECT_EQ(read_tables().core_count, 0u);
}

// The tables need not name the one with the ISA lines first.
TEST(acpi, finds_the_io_apic_that_has_the_line) {
    for (const bool late_first : {true, false}) {
        begin();
        const std::size_t madt = firmware::begin_madt(memory);
        if (late_first)
            firmware::add_io_apic(memory, ELSEWHERE, 24);
        firmware::add_io_apic(memory, 0xfec1'0000, 0);
        if (!late_first)
            firmware::add_io_apic(memory, ELSEWHERE, 24);
        firmware::add_override(memory, 9, 30, 0xf);
        firmware::set_root(memory, rsdt_of({firmware::end_table(memory, madt)}), 0);
        const AcpiInterrupts found = read_tables();
        EXPECT_EQ(found.io_apic_count, 2u);
        EXPECT_EQ(number(found.io_apic), 0xfec1'0000u);
        EXPECT_EQ(found.first_global, 0u);
        EXPECT_EQ(number(found.isa[4].io_apic), 0xfec1'0000u);
        EXPECT_EQ(number(found.isa[9].io_apic), std::uint64_t{ELSEWHERE});
        EXPECT_EQ(found.isa[9].first_global, 24u);
        EXPECT(found.isa[9].level_triggered);
        EXPECT(found.isa[9].active_low);
        EXPECT(!found.isa[4].level_triggered);
        EXPECT(!found.isa[4].active_low);
    }
}

TEST(acpi, names_the_cores_that_can_run) {
    begin();
    const std::size_t madt = firmware::begin_madt(memory);
    firmware::add_core(memory, 0);
    firmware::add_core(memory, 7, 0);
    firmware::add_x2apic_core(memory, 300);
    for (unsigned i = 0; i < 70; ++i)
        firmware::add_core(memory, 100 + i);
    firmware::set_root(memory, rsdt_of({firmware::end_table(memory, madt)}), 0);
    const AcpiInterrupts found = read_tables();
    EXPECT_EQ(found.core_count, AcpiInterrupts::MAXIMUM_CORES);
    EXPECT_EQ(found.cores[0], 0u);
    EXPECT_EQ(found.cores[1], 300u);
    EXPECT_EQ(found.cores[2], 100u);
}

TEST(acpi, names_a_core_once) {
    begin();
    const std::size_t madt = firmware::begin_madt(memory);
    for (unsigned id : {0, 2, 2, 0})
        firmware::add_core(memory, id);
    firmware::add_x2apic_core(memory, 2);
    firmware::set_root(memory, rsdt_of({firmware::end_table(memory, madt)}), 0);
    EXPECT_EQ(read_tables().core_count, 2u);
}
