#pragma once

#include "kernel/lib/error.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

// Programs: 64-bit ELF files for x86-64, linked statically to fixed addresses (System V gABI, chapter 5). Given.
namespace process {

class AddressSpace;

inline constexpr std::size_t MAXIMUM_SEGMENTS = 16;

struct ElfSegment {
    enum class Access : std::uint8_t { read, read_write, read_execute };
    std::uint64_t address; // of the first byte, in the user's half below PROGRAM_END
    std::uint64_t bytes;   // in memory, not 0; what the file does not fill is zero
    std::span<const std::byte> file;
    Access access;
};

struct ElfImage {
    std::uint64_t entry; // in an executable segment
    std::array<ElfSegment, MAXIMUM_SEGMENTS> segments;
    std::size_t segment_count; // at least 1; no two have a page in common
};

// Reads a file that anybody may have written. Pure: looks only inside `file`. What it gives can be loaded as it is;
// what is malformed, or wants something that we do not have, is refused with the reason, a string literal.
std::expected<ElfImage, const char*> read_elf(std::span<const std::byte> file);

// Maps the segments into the space and fills them. already_mapped, out_of_memory; the space keeps what came before.
std::expected<void, kernel::Error> load_elf(AddressSpace& space, const ElfImage& image);

} // namespace process
