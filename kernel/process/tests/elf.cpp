#include "kernel/process/elf.hpp"

#include "arch/x86_64/layout.hpp"
#include "kernel/process/tests/elf_file.hpp"
#include "kernel/test/test.hpp"

#include <string_view>

namespace {

using Access = process::ElfSegment::Access;

constexpr std::byte CODE_BYTES[] = {std::byte{0xeb}, std::byte{0xfe}}; // jmp $

// A good file, to be spoilt.
ElfFile good() {
    ElfFile file{CODE_BYTES};
    file.add(ELF_READ | ELF_WRITE, ElfFile::DATA, 10'000, CODE_BYTES);
    return file;
}

std::string_view reason(ElfFile& file) {
    const auto image = process::read_elf(file.bytes());
    return image ? "none" : image.error();
}

} // namespace

// The reason, for a report that shows it.
#define EXPECT_REFUSED(file, expected) EXPECT(reason(file) == std::string_view{expected})

TEST(elf, reads_segments) {
    ElfFile file = good();
    const auto image = process::read_elf(file.bytes());
    REQUIRE(image.has_value());
    EXPECT_EQ(image->entry, ElfFile::CODE);
    REQUIRE(image->segment_count == 2);
    const process::ElfSegment& code = image->segments[0];
    const process::ElfSegment& data = image->segments[1];
    EXPECT((code.access == Access::read_execute && data.access == Access::read_write));
    EXPECT_EQ(code.address, ElfFile::CODE);
    EXPECT_EQ(code.file.size(), sizeof CODE_BYTES);
    EXPECT(std::memcmp(code.file.data(), CODE_BYTES, sizeof CODE_BYTES) == 0);
    EXPECT_EQ(data.bytes, 10'000u);
}

TEST(elf, takes_what_does_no_harm) {
    ElfFile file = good();
    file.programs[file.header.program_header_count++] = {.type = 0};           // nothing
    file.programs[file.header.program_header_count++] = {.type = 4};           // a note
    file.programs[file.header.program_header_count++] = {.type = 0x6474'e551}; // the stack's flags, not executable
    file.add(ELF_READ, 0, 0, {});                                              // a segment of no bytes
    file.add(ELF_READ, process::PROGRAM_END - 1, 1, {});
    file.add(0, arch::USER_BEGIN, 1, {});
    EXPECT_REFUSED(file, "none");
    file.programs[0].alignment = 1; // it is copied, not mapped
    EXPECT_REFUSED(file, "none");
}

TEST(elf, refuses_what_is_no_elf_of_ours) {
    const auto spoilt = [](auto&& spoil) {
        ElfFile file = good();
        spoil(file.header);
        return reason(file);
    };
    EXPECT(spoilt([](ElfHeader& h) { h.identification[0] = 'M'; }) == "not an ELF file");
    EXPECT(spoilt([](ElfHeader& h) { h.identification[4] = 1; }) == "not of the 64-bit little-endian kind, version 1");
    EXPECT(spoilt([](ElfHeader& h) { h.identification[5] = 2; }) == "not of the 64-bit little-endian kind, version 1");
    EXPECT(spoilt([](ElfHeader& h) { h.version = 2; }) == "not of the 64-bit little-endian kind, version 1");
    EXPECT(spoilt([](ElfHeader& h) { h.machine = 183; }) == "not for x86-64");
    EXPECT(spoilt([](ElfHeader& h) { h.type = 3; }) == "not an executable with fixed addresses");
    EXPECT(spoilt([](ElfHeader& h) { h.program_header_bytes = 55; }) == "program headers of another size");
    EXPECT(spoilt([](ElfHeader& h) { h.program_header_count = 0; }) == "no program headers");
    EXPECT(spoilt([](ElfHeader& h) { h.program_header_count = 65; }) == "too many program headers");
}

TEST(elf, never_looks_behind_the_end) {
    ElfFile file = good();
    const std::span<const std::byte> bytes = file.bytes();
    for (std::size_t length = 0; length < bytes.size(); ++length)
        EXPECT(!process::read_elf(bytes.first(length)));
    for (const std::uint64_t offset : {bytes.size() - 111, bytes.size(), ~std::uint64_t{0}, ~std::uint64_t{0} - 111}) {
        file.header.program_headers = offset;
        EXPECT_REFUSED(file, "program headers behind the end of the file");
    }
}

TEST(elf, refuses_bad_segments) {
    const auto spoilt = [](auto&& spoil) {
        ElfFile file = good();
        spoil(file.programs[1]);
        return reason(file);
    };
    using P = ElfProgramHeader;
    EXPECT(spoilt([](P& p) { p.flags = 7; }) == "a segment both writable and executable");
    EXPECT(spoilt([](P& p) { p.memory_bytes = 1; }) == "a segment larger in the file than in memory");
    for (const std::uint64_t offset : {std::uint64_t{100'000}, ~std::uint64_t{0}, ~std::uint64_t{0} - 1})
        EXPECT(spoilt([&](P& p) { p.offset = offset; }) == "a segment behind the end of the file");
    EXPECT(spoilt([](P& p) { p.file_bytes = p.memory_bytes = ~std::uint64_t{0}; }) ==
           "a segment behind the end of the file");
    for (const std::uint64_t address :
         {std::uint64_t{0}, arch::USER_BEGIN - 1, process::PROGRAM_END, process::PROGRAM_END - 1, process::STACK_BEGIN,
          arch::USER_END, arch::KERNEL_BASE, ~std::uint64_t{0}})
        EXPECT(spoilt([&](P& p) { p.address = address; }) == "a segment outside of the addresses for programs");
    EXPECT(spoilt([](P& p) { p.memory_bytes = ~std::uint64_t{0}; }) ==
           "a segment outside of the addresses for programs");
    EXPECT(spoilt([](P& p) { p.address = ElfFile::CODE + 4095; }) == "two segments on one page");
    EXPECT(spoilt([](P& p) { p.address = ElfFile::CODE - 4096; }) == "two segments on one page");
    EXPECT(spoilt([](P& p) { p.address = ElfFile::CODE - 10'000; }) == "none");
}

TEST(elf, refuses_what_we_do_not_have) {
    const auto with = [](std::uint32_t type, std::uint32_t flags) {
        ElfFile file = good();
        file.programs[file.header.program_header_count++] = {.type = type, .flags = flags};
        return reason(file);
    };
    EXPECT(with(2, ELF_READ) == "linked dynamically");
    EXPECT(with(3, ELF_READ) == "linked dynamically");
    EXPECT(with(7, ELF_READ) == "wants thread-local storage");
    EXPECT(with(0x6474'e551, ELF_READ | ELF_WRITE | ELF_EXECUTE) == "wants an executable stack");
    ElfFile many = good();
    for (std::uint64_t i = 0; i < 15; ++i)
        many.add(ELF_READ, 0x100'0000 + i * 4096, 1, {});
    EXPECT_REFUSED(many, "too many segments");
}

TEST(elf, enters_code_only) {
    ElfFile file = good();
    for (const std::uint64_t entry : {ElfFile::CODE - 1, ElfFile::CODE + sizeof CODE_BYTES, ElfFile::DATA,
                                      std::uint64_t{0}, arch::KERNEL_BASE, ~std::uint64_t{0}}) {
        file.header.entry = entry;
        EXPECT_REFUSED(file, "the entry does not lie in code");
    }
    file.header.entry = ElfFile::CODE + 1;
    EXPECT_REFUSED(file, "none");
    file.header.program_header_count = 0;
    file.programs[file.header.program_header_count++] = {.type = 4};
    EXPECT_REFUSED(file, "nothing to load");
}
