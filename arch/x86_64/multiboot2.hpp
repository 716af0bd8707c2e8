#pragma once

#include "arch/x86_64/layout.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// What GRUB told the kernel (Multiboot2 Specification 2.0, section 3.6), checked and copied out of its raw form.
namespace arch {

// A run of physical memory.
struct MemoryRange {
    Physical begin;
    std::uint64_t bytes;
};

// A file that GRUB loaded beside the kernel: a user program. The name points into GRUB's information.
struct Module {
    std::string_view name;
    MemoryRange memory;
};

inline constexpr std::size_t MAXIMUM_MEMORY_RANGES = 32;
inline constexpr std::size_t MAXIMUM_RESERVED_RANGES = 64;
inline constexpr std::size_t MAXIMUM_MODULES = 32;

// Lives for good; everything in it that points lies in memory that `reserved` names.
struct BootInformation {
    std::string_view command_line;
    std::span<const MemoryRange> available; // usable memory, as the firmware says, not in any order
    std::span<const MemoryRange> reserved;  // what lies there already: image, this information, symbols, modules
    std::span<const Module> modules;
    Physical acpi_root{0}; // a copy of the RSDP, or 0
};

// Where GRUB put the kernel's symbols and their names, if it did.
struct LoadedSymbols {
    MemoryRange symbols{};
    Physical names{0};
};

// Checks and reads `raw`, which lies at `address`; the kernel's image ends at `image_end`. Whatever is in it: memory is
// named only as far as PART_BYTES, and what else is named lies in the first GiB. Null, or what is wrong with it.
const char* multiboot2_parse(std::span<const std::byte> raw, Physical address, std::uint64_t image_end,
                             LoadedSymbols& symbols);

// The same with what lies at `address`, and a panic that says what is wrong. Once, on the boot page tables, which map
// the first GiB. Also gives the kernel its symbols.
const BootInformation& multiboot2_read(Physical address);

// What it read. Afterwards.
const BootInformation& boot_information();

} // namespace arch
