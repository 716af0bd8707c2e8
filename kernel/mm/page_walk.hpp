#pragma once

#include "kernel/mm/page_table.hpp"

// The entries of page tables, for the two who keep such tables: page_table.cpp (the kernel's half) and user_tables.cpp
// (a user's). Intel SDM volume 3, section 4.5.
namespace page_table {

inline constexpr std::uint64_t PRESENT = 1 << 0;
inline constexpr std::uint64_t WRITABLE = 1 << 1;
inline constexpr std::uint64_t USER = 1 << 2;
inline constexpr std::uint64_t WRITE_THROUGH = 1 << 3;
inline constexpr std::uint64_t UNCACHED = 1 << 4;
inline constexpr std::uint64_t LARGE = 1 << 7;
inline constexpr std::uint64_t GLOBAL = 1 << 8;
inline constexpr std::uint64_t NO_EXECUTE = std::uint64_t{1} << 63;
inline constexpr std::uint64_t ADDRESS = 0x000f'ffff'ffff'f000;

inline constexpr std::size_t ENTRY_COUNT = 512;
inline constexpr std::size_t FIRST_KERNEL_ENTRY = ENTRY_COUNT / 2; // of the top table: the upper half
inline constexpr int TOP_LEVEL = 4;

struct Table {
    std::uint64_t entries[ENTRY_COUNT];
};

// What one entry of a table of this level covers.
constexpr std::uint64_t bytes_of(int level) {
    return arch::PAGE_BYTES << 9 * (level - 1);
}

constexpr std::size_t index_of(std::uintptr_t address, int level) {
    return address / bytes_of(level) % ENTRY_COUNT;
}

inline Table* table_at(std::uint64_t entry) {
    return arch::direct<Table>(arch::Physical{entry & ADDRESS});
}

// The entry for `address` in the table of `level` below `root`, and no tables made. Null where a table on the way is
// missing; a large page on the way is returned instead.
inline std::uint64_t* find_entry(arch::Physical root, std::uintptr_t address, int level = 1) {
    Table* table = arch::direct<Table>(root);
    for (int at = TOP_LEVEL;; --at) {
        std::uint64_t& entry = table->entries[index_of(address, at)];
        if (at == level || (entry & LARGE) != 0)
            return &entry;
        if ((entry & PRESENT) == 0)
            return nullptr;
        table = table_at(entry);
    }
}

// The same, with the tables on the way made, and counted in `made`. The entries to them allow everything that may be
// allowed in this half: the lowest decides. out_of_memory, but tables may have been made; already_mapped by a large
// page.
std::expected<std::uint64_t*, Error> make_entry(arch::Physical root, std::uintptr_t address, std::size_t& made,
                                                int level = 1);

} // namespace page_table
