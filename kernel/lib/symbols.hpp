#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace kernel {

// One entry of an ELF64 symbol table (System V gABI, "Symbol Table").
struct ElfSymbol {
    std::uint32_t name; // offset in the string table
    std::uint8_t info;  // low four bits: the type, 2 for a function
    std::uint8_t other;
    std::uint16_t section;
    std::uint64_t value;
    std::uint64_t size;
};
static_assert(sizeof(ElfSymbol) == 24);

// Which function an address belongs to. Without a match the name is "?" and the offset the address itself.
struct Symbol {
    const char* name;
    std::uint64_t offset;
};

// Gives the kernel its own symbol table, which GRUB loaded with it. Both must stay mapped and unchanged.
void use_symbols(std::span<const ElfSymbol> symbols, const char* strings);

// Linear in the number of symbols: for reports only. Any context.
Symbol find_symbol(std::uintptr_t address);

} // namespace kernel
