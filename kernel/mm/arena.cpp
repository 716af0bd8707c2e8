#include "kernel/mm/arena.hpp"

#include "arch/x86_64/layout.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/page_table.hpp"

namespace heap {

namespace {

constinit std::span<std::byte> arena{};

} // namespace

// HEAP_BASE itself stays unmapped, and so does everything behind the arena: those are the guards.
std::span<std::byte> map_arena(std::size_t mebibytes) {
    const std::uintptr_t begin = arch::HEAP_BASE + arch::PAGE_BYTES;
    const std::size_t bytes = mebibytes != 0 ? mebibytes << 20 : frame::stats().free / 4 * arch::PAGE_BYTES;
    if (!page_table::map_fresh(begin, bytes))
        kernel::panic("no memory for a heap of {} bytes: {} frames are free", bytes, frame::stats().free);
    arena = {reinterpret_cast<std::byte*>(begin), bytes};
    return arena;
}

std::span<std::byte> kernel_arena() {
    return arena;
}

} // namespace heap
