#pragma once

#include "kernel/process/elf.hpp"
#include "kernel/process/layout.hpp"

#include <algorithm>
#include <cstring>
#include <initializer_list>

// ELF files that tests make: a header, program headers right behind it, then what is added.
namespace {

struct ElfHeader {
    unsigned char identification[16] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    std::uint16_t type = 2, machine = 62;
    std::uint32_t version = 1;
    std::uint64_t entry = 0, program_headers = 64, section_headers = 0;
    std::uint32_t flags = 0;
    std::uint16_t header_bytes = 64, program_header_bytes = 56, program_header_count = 0;
    std::uint16_t section_header_bytes = 0, section_header_count = 0, names_index = 0;
};

struct ElfProgramHeader {
    std::uint32_t type = 1, flags = 4; // to be loaded, to be read
    std::uint64_t offset = 0, address = 0, physical_address = 0, file_bytes = 0, memory_bytes = 0, alignment = 4096;
};

[[maybe_unused]] constexpr std::uint32_t ELF_READ = 4;
[[maybe_unused]] constexpr std::uint32_t ELF_WRITE = 2;
[[maybe_unused]] constexpr std::uint32_t ELF_EXECUTE = 1;

class ElfFile {
public:
    static constexpr std::size_t MAXIMUM_HEADERS = 20;
    static constexpr std::uint64_t CODE = 0x40'0000;
    static constexpr std::uint64_t DATA = 0x60'0000;

    // A program of one code segment, where it begins.
    explicit ElfFile(std::span<const std::byte> code) {
        header.entry = CODE;
        add(ELF_READ | ELF_EXECUTE, CODE, code.size(), code);
    }

    // Another segment. What it has in the file comes behind what is there.
    void add(std::uint32_t flags, std::uint64_t address, std::uint64_t memory_bytes, std::span<const std::byte> file) {
        ElfProgramHeader& added = programs[header.program_header_count++];
        added = {.flags = flags,
                 .offset = used_,
                 .address = address,
                 .file_bytes = file.size(),
                 .memory_bytes = memory_bytes};
        std::copy(file.begin(), file.end(), bytes_ + used_);
        used_ += file.size();
    }

    // Everything in its place. Valid until it is changed.
    std::span<const std::byte> bytes() {
        std::memcpy(bytes_, &header, sizeof header);
        std::memcpy(bytes_ + sizeof header, programs, sizeof programs);
        return {bytes_, used_};
    }

    ElfHeader header;
    ElfProgramHeader programs[MAXIMUM_HEADERS];

private:
    std::byte bytes_[3 * 4096];
    std::size_t used_ = sizeof header + sizeof programs;
};

} // namespace
