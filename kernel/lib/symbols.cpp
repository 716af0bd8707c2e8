#include "kernel/lib/symbols.hpp"

namespace kernel {

namespace {

std::span<const ElfSymbol> table;
const char* names = nullptr;

} // namespace

void use_symbols(std::span<const ElfSymbol> symbols, const char* strings) {
    table = symbols;
    names = strings;
}

// Assembly labels have no size, so the nearest symbol at or below the address wins, whatever its type.
Symbol find_symbol(std::uintptr_t address) {
    const ElfSymbol* best = nullptr;
    for (const ElfSymbol& symbol : table) {
        if (symbol.section == 0 || symbol.value > address || names[symbol.name] == '\0')
            continue;
        if (symbol.size != 0 && address >= symbol.value + symbol.size)
            continue;
        if (best == nullptr || symbol.value > best->value || (symbol.value == best->value && symbol.size > best->size))
            best = &symbol;
    }
    if (best == nullptr)
        return {"?", address};
    return {names + best->name, address - best->value};
}

} // namespace kernel
