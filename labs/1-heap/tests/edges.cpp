// Nothing outside the arena is ever read or written: on either side of it there is no memory. In the kernel these are
// pages that are not mapped, on the host the sanitizer's.

#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/support.hpp"

#include <algorithm>
#include <array>
#include <new>

#if !__STDC_HOSTED__
#include "arch/x86_64/layout.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/page_table.hpp"
#endif

namespace {

constexpr std::size_t BYTES = 8192;

#if __STDC_HOSTED__

class Pages {
public:
    std::span<std::byte> memory() const { return {bytes_, BYTES}; }

private:
    std::byte* const bytes_ = new (std::align_val_t{4096}) std::byte[BYTES];

public:
    Pages() = default;
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;
    ~Pages() { operator delete[](bytes_, std::align_val_t{4096}); }
};

#else

class Pages {
public:
    Pages() : is_mapped_{page_table::map_fresh(BEGIN, BYTES).has_value()} {}
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;
    ~Pages() {
        for (std::uintptr_t page = BEGIN; page < BEGIN + BYTES; page += arch::PAGE_BYTES)
            if (const auto frame = page_table::unmap(page))
                frame::deallocate(*frame);
    }
    std::span<std::byte> memory() const {
        return is_mapped_ ? std::span{reinterpret_cast<std::byte*>(BEGIN), BYTES} : std::span<std::byte>{};
    }

private:
    static constexpr std::uintptr_t BEGIN = arch::HEAP_BASE + (std::uintptr_t{1} << 38);
    bool is_mapped_;
};

#endif

// Fills the heap with blocks of that size, gives them back in one of three orders, and tries what is not a block.
bool live(std::span<std::byte> arena, std::size_t bytes, unsigned order) {
    heap::initialise(arena);
    const heap::Stats at_first = heap::stats();
    std::array<void*, 300> blocks;
    std::size_t count = 0;
    while (count < blocks.size() && (blocks[count] = heap::allocate(bytes, count % 16 == 1 ? 256 : 16)) != nullptr)
        fill(blocks[count++], bytes, 3);
    for (std::size_t left; count < blocks.size() && (left = heap::stats().largest_free_bytes) != 0; ++count)
        if ((blocks[count] = heap::allocate(left)) == nullptr)
            return false;
    for (std::byte* const stranger :
         {arena.data() - 16, arena.data(), arena.data() + 8, arena.data() + arena.size() - 16,
          arena.data() + arena.size(), arena.data() + arena.size() + 16})
        if (std::find(blocks.begin(), blocks.begin() + count, stranger) == blocks.begin() + count &&
            give_back(stranger) != Freed::foreign_pointer)
            return false;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t chosen = order == 0 ? i : order == 1 ? count - 1 - i : i % 2 == 0 ? i / 2 : count - 1 - i / 2;
        if (give_back(blocks[chosen]) != Freed::taken_back)
            return false;
    }
    return is_whole_again(at_first);
}

} // namespace

TEST(heap, touches_nothing_outside_the_arena) {
    const Pages pages;
    const std::span<std::byte> memory = pages.memory();
    REQUIRE(memory.size() == BYTES);
    for (const std::size_t trimmed : {0U, 1U, 7U, 8U, 15U, 16U, 24U, 31U, 32U, 40U})
        for (const std::size_t bytes : {1U, 24U, 40U, 100U, 1000U})
            for (unsigned order = 0; order < 3; ++order) {
                REQUIRE(live(memory.subspan(trimmed), bytes, order));
                REQUIRE(live(memory.first(BYTES - trimmed), bytes, order));
            }
    heap::initialise({});
}
