#include "kernel/test/test.hpp"

// In the kernel what was read at its boot must stay.
#if __STDC_HOSTED__
#include "arch/x86_64/multiboot2.hpp"
#include "arch/x86_64/tests/firmware.hpp"

namespace {

constexpr std::uint64_t IMAGE_END = 0x40'0000;

const char* parse(std::span<const std::byte> raw) {
    arch::LoadedSymbols symbols;
    return arch::multiboot2_parse(raw, arch::Physical{firmware::BASE}, IMAGE_END, symbols);
}

} // namespace

TEST(multiboot2, is_read) {
    arch::LoadedSymbols symbols;
    const auto raw = firmware::good_information();
    REQUIRE(arch::multiboot2_parse(raw, arch::Physical{firmware::BASE}, IMAGE_END, symbols) == nullptr);
    const arch::BootInformation& boot = arch::boot_information();
    EXPECT(boot.command_line == "test=all");
    REQUIRE(boot.modules.size() == 2);
    EXPECT(boot.modules[0].name == "shell");
    EXPECT_EQ(number(boot.modules[0].memory.begin), 0x50'0000u);
    EXPECT_EQ(boot.modules[0].memory.bytes, 0x1234u);
    REQUIRE(boot.available.size() == 3);
    EXPECT_EQ(number(boot.available[1].begin), 0x10'0000u);
    EXPECT_EQ(number(boot.available[2].begin) + boot.available[2].bytes, arch::PART_BYTES);
    EXPECT_EQ(number(symbols.symbols.begin), 0x60'0000u);
    EXPECT_EQ(symbols.symbols.bytes, 0x3000u);
    EXPECT_EQ(number(symbols.names), 0x60'4000u);
    EXPECT_EQ(boot.reserved.size(), 6u); // itself, the image, two modules, two sections
    const std::uint64_t root = number(boot.acpi_root) - firmware::BASE;
    EXPECT(std::memcmp(raw.data() + root, "RSD PTR ", 8) == 0);
    EXPECT_LE(root + firmware::POINTER_BYTES, raw.size()); // the newer one
}

TEST(multiboot2, is_refused_when_it_is_cut_off) {
    const auto raw = firmware::good_information();
    for (std::size_t bytes = 0; bytes < raw.size(); ++bytes)
        EXPECT(parse(raw.first(bytes)) != nullptr);
}

TEST(multiboot2, is_refused_with_an_entry_of_no_size) {
    firmware::Memory memory;
    firmware::begin_information(memory);
    const std::size_t map = firmware::begin_memory_map(memory, 0);
    firmware::add_range(memory, 0, 0x10'0000);
    firmware::end_tag(memory, map);
    firmware::end_information(memory);
    EXPECT(parse(memory.used()) != nullptr);
}

TEST(multiboot2, is_refused_with_a_tag_of_no_size) {
    firmware::Memory memory;
    firmware::begin_information(memory);
    firmware::begin_tag(memory, 1);
    firmware::end_information(memory);
    EXPECT(parse(memory.used()) != nullptr);
}

TEST(multiboot2, is_refused_with_a_module_that_ends_before_it_begins) {
    firmware::Memory memory;
    firmware::begin_information(memory);
    firmware::add_module(memory, 0x60'0000, 0x50'0000, "backwards");
    firmware::end_information(memory);
    EXPECT(parse(memory.used()) != nullptr);
}

TEST(multiboot2, is_refused_with_more_sections_than_it_has) {
    firmware::Memory memory;
    firmware::begin_information(memory);
    const std::size_t sections = firmware::begin_sections(memory, 3);
    firmware::add_section(memory, 1, 0x60'0000, 0x1000);
    firmware::end_tag(memory, sections);
    firmware::end_information(memory);
    EXPECT(parse(memory.used()) != nullptr);
}

TEST(multiboot2, names_no_memory_that_wraps) {
    firmware::Memory memory;
    firmware::begin_information(memory);
    const std::size_t map = firmware::begin_memory_map(memory);
    firmware::add_range(memory, 0x10'0000, UINT64_MAX);
    firmware::add_range(memory, UINT64_MAX - 0xfff, 0x2000);
    firmware::end_tag(memory, map);
    firmware::end_information(memory);
    REQUIRE(parse(memory.used()) == nullptr);
    REQUIRE(arch::boot_information().available.size() == 1);
    EXPECT_EQ(arch::boot_information().available[0].bytes, arch::PART_BYTES - 0x10'0000);
}
#endif
