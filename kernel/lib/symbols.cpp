#include "kernel/lib/symbols.hpp"

namespace kernel {

namespace {

std::span<const ElfSymbol> table;
const char* names = nullptr;

// System V gABI, "Special Section Indexes": no section, or none of these numbers is a place in memory.
constexpr std::uint16_t UNDEFINED = 0;
constexpr std::uint16_t FIRST_RESERVED = 0xff00;
// Assembly labels have no size: so far behind one nothing belongs to it.
constexpr std::uint64_t LONGEST = 0x1'0000;

bool holds(const ElfSymbol& symbol, std::uintptr_t address) {
    if (symbol.section == UNDEFINED || symbol.section >= FIRST_RESERVED || names[symbol.name] == '\0')
        return false;
    return address >= symbol.value && address - symbol.value < (symbol.size != 0 ? symbol.size : LONGEST);
}

} // namespace

void use_symbols(std::span<const ElfSymbol> symbols, const char* strings) {
    table = symbols;
    names = strings;
}

// The nearest at or below the address wins, whatever its type.
Symbol find_symbol(std::uintptr_t address) {
    const ElfSymbol* best = nullptr;
    for (const ElfSymbol& symbol : table) {
        if (!holds(symbol, address))
            continue;
        if (best == nullptr || symbol.value > best->value || (symbol.value == best->value && symbol.size > best->size))
            best = &symbol;
    }
    if (best == nullptr)
        return {"?", address};
    return {names + best->name, address - best->value};
}

} // namespace kernel
