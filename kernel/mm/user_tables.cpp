#include "kernel/mm/user_tables.hpp"

#include "arch/x86_64/paging.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/page_walk.hpp"

#include <algorithm>
#include <cstring>

namespace page_table {

namespace {

using arch::PAGE_BYTES;
using arch::Physical;

std::uint64_t flags_of(Access access) {
    switch (access) {
    case Access::read:
        return PRESENT | USER | NO_EXECUTE;
    case Access::read_write:
        return PRESENT | USER | NO_EXECUTE | WRITABLE;
    case Access::read_execute:
        return PRESENT | USER;
    case Access::device:
        break;
    }
    kernel::panic("no device is for ring 3");
}

// Calls visit(entry, address) for every mapped page from `begin` to `end`, as long as it gives true; whether it always
// did. `base` is where the table begins.
template<typename Visit>
bool for_each_page(Table& table, int level, std::uintptr_t base, std::uintptr_t begin, std::uintptr_t end,
                   Visit&& visit) {
    const std::uint64_t step = bytes_of(level);
    std::uintptr_t at = begin > base ? base + (begin - base) / step * step : base;
    for (; at < std::min(end, base + step * ENTRY_COUNT); at += step) {
        std::uint64_t& entry = table.entries[index_of(at, level)];
        if ((entry & PRESENT) == 0)
            continue;
        if (!(level == 1 ? visit(entry, at) : for_each_page(*table_at(entry), level - 1, at, begin, end, visit)))
            return false;
    }
    return true;
}

// Gives back the pages from `begin` to `end`, and the tables below `table` that are empty then, and counts them in
// `released`. Whether `table` itself is empty then. Of the top one only the lower half is looked at.
bool release_below(Table& table, int level, std::uintptr_t base, std::uintptr_t begin, std::uintptr_t end,
                   std::size_t& released) {
    bool is_empty = true;
    const std::size_t entry_count = level == TOP_LEVEL ? FIRST_KERNEL_ENTRY : ENTRY_COUNT;
    for (std::size_t index = 0; index < entry_count; ++index) {
        std::uint64_t& entry = table.entries[index];
        if ((entry & PRESENT) == 0)
            continue;
        const std::uintptr_t at = base + bytes_of(level) * index;
        const bool is_met = at < end && begin < at + bytes_of(level);
        if (is_met && (level == 1 || release_below(*table_at(entry), level - 1, at, begin, end, released))) {
            frame::deallocate(Physical{entry & ADDRESS});
            entry = 0;
            ++released;
        } else {
            is_empty = false;
        }
    }
    return is_empty;
}

} // namespace

std::expected<UserTables, Error> UserTables::create() {
    const std::optional<Physical> root = frame::allocate_cleared();
    if (!root)
        return std::unexpected{Error::out_of_memory};
    Table& table = *arch::direct<Table>(*root);
    const Table& kernel = *arch::direct<Table>(kernel_root());
    std::copy(kernel.entries + FIRST_KERNEL_ENTRY, kernel.entries + ENTRY_COUNT, table.entries + FIRST_KERNEL_ENTRY);
    return UserTables{*root};
}

UserTables::~UserTables() {
    if (number(root_) == 0)
        return;
    if (is_loaded())
        arch::load_page_table(kernel_root());
    release(0, arch::USER_END);
    KASSERT(frames_ == 1);
    frame::deallocate(root_);
}

std::optional<UserTables::Page> UserTables::find(std::uintptr_t address) const {
    const std::uint64_t* entry = find_entry(root_, address);
    if (entry == nullptr || (*entry & PRESENT) == 0)
        return std::nullopt;
    return Page{Physical{*entry & ADDRESS}, (*entry & WRITABLE) != 0};
}

// No large pages in the lower half, and tables that allow everything: the last entry alone tells.
std::optional<Physical> UserTables::locate(std::uintptr_t address, Access least) const {
    std::uint64_t entry = number(root_);
    if (entry == 0)
        return std::nullopt;
    entry |= PRESENT;
    for (int level = TOP_LEVEL; level > 0; --level) {
        if ((entry & PRESENT) == 0)
            return std::nullopt;
        entry = table_at(entry)->entries[index_of(address, level)];
    }
    const std::uint64_t needed = least == Access::read_write ? PRESENT | WRITABLE : PRESENT;
    if ((entry & needed) != needed)
        return std::nullopt;
    return Physical{(entry & ADDRESS) + address % PAGE_BYTES};
}

std::expected<void, Error> UserTables::map(std::uintptr_t address, Physical frame, Access access) {
    KASSERT(address < arch::USER_END && address % PAGE_BYTES == 0);
    const auto entry = make_entry(root_, address, frames_);
    if (!entry)
        return std::unexpected{entry.error()};
    if ((**entry & PRESENT) != 0)
        return std::unexpected{Error::already_mapped};
    **entry = number(frame) | flags_of(access);
    ++frames_;
    return {};
}

void UserTables::replace(std::uintptr_t address, Physical frame, Access access) {
    std::uint64_t* entry = find_entry(root_, address);
    KASSERT(entry != nullptr && (*entry & PRESENT) != 0);
    const Physical old{*entry & ADDRESS};
    *entry = number(frame) | flags_of(access);
    if (is_loaded())
        arch::forget_translation(address);
    if (old != frame)
        frame::deallocate(old);
}

void UserTables::release(std::uintptr_t begin, std::uintptr_t end) {
    std::size_t released = 0;
    release_below(*arch::direct<Table>(root_), TOP_LEVEL, 0, begin, end, released);
    frames_ -= released;
    if (is_loaded()) // all of it: cheaper than page by page, and the kernel's translations are global
        arch::load_page_table(root_);
}

std::expected<UserTables, Error> UserTables::share() {
    auto copy = create();
    if (!copy)
        return copy;
    Table& root = *arch::direct<Table>(root_);
    const bool copied =
        for_each_page(root, TOP_LEVEL, 0, 0, arch::USER_END, [&](std::uint64_t& entry, std::uintptr_t at) {
            const auto other = make_entry(copy->root_, at, copy->frames_);
            if (!other)
                return false;
            entry &= ~WRITABLE;
            **other = entry;
            frame::share(Physical{entry & ADDRESS});
            ++copy->frames_;
            return true;
        });
    if (is_loaded()) // it may write to none of them now
        arch::load_page_table(root_);
    if (!copied)
        return std::unexpected{Error::out_of_memory};
    return copy;
}

void UserTables::load() {
    KASSERT(number(root_) != 0);
    if (!is_loaded())
        arch::load_page_table(root_);
}

bool UserTables::is_loaded() const {
    return arch::loaded_page_table() == root_;
}

} // namespace page_table
