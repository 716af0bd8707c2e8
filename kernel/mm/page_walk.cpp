#include "kernel/mm/page_walk.hpp"

#include "kernel/mm/frame.hpp"

namespace page_table {

std::expected<std::uint64_t*, Error> make_entry(arch::Physical root, std::uintptr_t address, std::size_t& made,
                                                int level) {
    const std::uint64_t user = index_of(address, TOP_LEVEL) < FIRST_KERNEL_ENTRY ? USER : 0;
    Table* table = arch::direct<Table>(root);
    for (int at = TOP_LEVEL; at > level; --at) {
        std::uint64_t& entry = table->entries[index_of(address, at)];
        if ((entry & PRESENT) == 0) {
            const std::optional<arch::Physical> frame = frame::allocate_cleared();
            if (!frame)
                return std::unexpected{Error::out_of_memory};
            entry = number(*frame) | PRESENT | WRITABLE | user;
            ++made;
        }
        if ((entry & LARGE) != 0)
            return std::unexpected{Error::already_mapped};
        table = table_at(entry);
    }
    return &table->entries[index_of(address, level)];
}

} // namespace page_table
