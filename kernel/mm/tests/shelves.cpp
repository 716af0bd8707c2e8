// What coroutine frames and events come from: heap::obtain and recycle, in front of the heap.

#include "kernel/mm/heap.hpp"
#include "kernel/mm/new.hpp"
#include "kernel/test/test.hpp"

#include <cstring>
#include <new>
#include <utility>

namespace {

constexpr std::size_t BYTES = 104;

// Blocks that the heap takes for live: those on shelves too, until live_blocks has them given back.
std::size_t blocks_of_the_heap() {
    return heap::stats().allocated_blocks;
}

} // namespace

TEST(shelves, give_a_recycled_block_to_the_next_of_its_size) {
    void* const first = heap::obtain(BYTES);
    REQUIRE(first != nullptr);
    heap::recycle(first, BYTES);
    void* const smaller = heap::obtain(BYTES - 16);
    void* const same = heap::obtain(BYTES);
    EXPECT(same == first);
    EXPECT(smaller != first);
    heap::recycle(smaller, BYTES - 16);
    heap::recycle(same, BYTES);
}

TEST(shelves, hold_blocks_to_their_last_byte) {
    for (std::size_t bytes = 1; bytes <= 1100; ++bytes) {
        const std::size_t most = bytes <= 8 ? 8 : (bytes + 7) / 16 * 16 + 8; // of that shelf
        void* const block = heap::obtain(bytes);
        REQUIRE(block != nullptr);
        REQUIRE_EQ(reinterpret_cast<std::uintptr_t>(block) % heap::MINIMUM_ALIGNMENT, 0u);
        std::memset(block, 0x5e, bytes);
        heap::recycle(block, bytes);
        void* const larger = heap::obtain(most);
        std::memset(larger, 0x5e, most);
        heap::recycle(larger, most);
    }
    heap::live_blocks(); // the heap finds nothing written over
}

TEST(shelves, are_counted_as_free) {
    const std::size_t live = heap::live_blocks();
    const std::size_t at_first = blocks_of_the_heap();
    void* const block = heap::obtain(BYTES);
    EXPECT_EQ(heap::live_blocks(), live + 1);
    heap::recycle(block, BYTES);
    EXPECT_EQ(blocks_of_the_heap(), at_first + 1);
    EXPECT_EQ(heap::live_blocks(), live);
    EXPECT_EQ(blocks_of_the_heap(), at_first);
}

TEST(shelves, have_an_end) {
    constexpr std::size_t COUNT = 100;
    const std::size_t at_first = blocks_of_the_heap();
    void* blocks[COUNT];
    for (void*& block : blocks)
        block = heap::obtain(BYTES);
    for (void* const block : blocks)
        heap::recycle(block, BYTES);
    EXPECT_LE(blocks_of_the_heap(), at_first + 7);
    for (int i = 0; i < 10; ++i)
        heap::recycle(heap::obtain(2'000), 2'000); // too large for any
    EXPECT_LE(blocks_of_the_heap(), at_first + 7);
}

// What lies on them is not missing when memory is.
TEST(shelves, are_cleared_when_memory_runs_short) {
    constexpr std::size_t COUNT = 7;
    const std::size_t at_first = blocks_of_the_heap();
    void* small[COUNT];
    for (void*& block : small)
        block = heap::obtain(BYTES);
    struct Link {
        Link* next;
    };
    Link* all = nullptr;
    for (std::size_t bytes = 1 << 24; bytes >= sizeof(Link); bytes /= 2)
        while (void* const block = ::operator new(bytes, std::nothrow))
            all = new (block) Link{all};
    for (void* const block : small)
        heap::recycle(block, BYTES);
    void* const block = ::operator new(BYTES, std::nothrow);
    EXPECT(block != nullptr);
    ::operator delete(block);
    while (all != nullptr)
        ::operator delete(std::exchange(all, all->next));
    EXPECT_EQ(blocks_of_the_heap(), at_first);
}

// A frame that is resumed or destroyed after its end goes nowhere.
TEST(shelves, write_over_the_first_words) {
    auto* const words = static_cast<std::uint64_t*>(heap::obtain(BYTES));
    words[0] = words[1] = 0x5eed;
    heap::recycle(words, BYTES);
    for (std::size_t i = 0; i < 2; ++i)
        EXPECT_NE(const_cast<volatile std::uint64_t*>(words)[i], 0x5eedu);
}

TEST(shelves, fail_like_operator_new) {
    heap::recycle(heap::obtain(BYTES), BYTES);
    const std::size_t asked = heap::allocations_asked();
    heap::fail_allocation(2);
    void* const first = heap::obtain(BYTES);
    EXPECT(first != nullptr);
    heap::recycle(first, BYTES);
    EXPECT(heap::obtain(BYTES) == nullptr);
    void* const third = heap::obtain(BYTES);
    EXPECT(third != nullptr);
    heap::recycle(third, BYTES);
    heap::fail_allocation(0);
    EXPECT_EQ(heap::allocations_asked(), asked + 3);
}
