// Blocks that are aligned further than any object needs: page tables, stacks, device rings.

#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/support.hpp"

#include <array>

TEST(heap, aligns_up_to_a_page) {
    const std::span<std::byte> memory = fresh_heap(256 << 10);
    for (std::size_t alignment = 32; alignment <= heap::MAXIMUM_ALIGNMENT; alignment *= 2)
        for (const std::size_t bytes : {0U, 1U, 24U, 100U, 1000U, 4096U}) {
            void* const block = heap::allocate(bytes, alignment);
            REQUIRE(block != nullptr);
            EXPECT_EQ(address_of(block) % alignment, 0U);
            EXPECT(lies_within(memory, block, bytes));
        }
}

TEST(heap, refuses_a_bad_alignment) {
    fresh_heap();
    const heap::Stats at_first = heap::stats();
    for (const std::size_t alignment : {0UL, 3UL, 17UL, 24UL, 48UL, 4095UL, 4097UL, 8192UL, 1UL << 63, SIZE_MAX})
        EXPECT_EQ(heap::allocate(64, alignment), nullptr);
    // What is left of these in 8, 16 or 32 bits would be an alignment.
    for (const unsigned bits : {8U, 16U, 32U})
        for (const std::size_t alignment : {1U, 16U, 64U, 128U})
            EXPECT_EQ(heap::allocate(64, (1UL << bits) + alignment), nullptr);
    for (unsigned bit = 13; bit < 64; ++bit)
        EXPECT_EQ(heap::allocate(0, 1UL << bit), nullptr);
    EXPECT(are_equal(heap::stats(), at_first));
}

TEST(heap, raises_a_small_alignment) {
    fresh_heap();
    for (const std::size_t alignment : {1U, 2U, 4U, 8U, 16U, 1U, 8U}) {
        void* const block = heap::allocate(alignment, alignment);
        REQUIRE(block != nullptr);
        EXPECT_EQ(address_of(block) % heap::MINIMUM_ALIGNMENT, 0U);
    }
}

// What lies in front of an aligned block is as much a part of the heap as what lies behind: filled, freed, merged.
TEST(heap, loses_nothing_to_alignment) {
    for (std::size_t alignment = 32; alignment <= heap::MAXIMUM_ALIGNMENT; alignment *= 2)
        for (std::size_t bytes = 1; bytes <= 320; bytes += 20) {
            fresh_heap(32768);
            const heap::Stats at_first = heap::stats();
            void* const before = heap::allocate(bytes);
            void* const block = heap::allocate(500, alignment);
            REQUIRE(before != nullptr);
            REQUIRE(block != nullptr);
            fill(before, bytes, 1);
            fill(block, 500, 2);
            const heap::Stats now = heap::stats();
            REQUIRE(now.free_bytes + now.allocated_bytes + 256 >= at_first.free_bytes);

            std::array<void*, 4> others;
            for (std::size_t i = 0; i < others.size(); ++i) {
                REQUIRE((others[i] = heap::allocate(48)) != nullptr);
                fill(others[i], 48, 3 + i);
            }
            EXPECT_EQ(intact_bytes(before, bytes, 1), bytes);
            EXPECT_EQ(intact_bytes(block, 500, 2), 500U);
            for (std::size_t i = 0; i < others.size(); ++i) {
                EXPECT_EQ(intact_bytes(others[i], 48, 3 + i), 48U);
                REQUIRE_EQ(give_back(others[i]), Freed::taken_back);
            }
            REQUIRE_EQ(give_back(block), Freed::taken_back);
            REQUIRE_EQ(give_back(before), Freed::taken_back);
            REQUIRE(is_whole_again(at_first));
        }
}

// Free memory that is just large enough, and lies just right, is large enough.
TEST(heap, reuses_an_aligned_block) {
    fresh_heap(32768);
    for (std::size_t alignment = 32; alignment <= heap::MAXIMUM_ALIGNMENT; alignment *= 4) {
        fresh_heap(32768);
        void* const block = heap::allocate(2000, alignment);
        REQUIRE(block != nullptr);
        while (heap::stats().largest_free_bytes != 0)
            REQUIRE(heap::allocate(heap::stats().largest_free_bytes) != nullptr);
        REQUIRE_EQ(give_back(block), Freed::taken_back);
        void* const again = heap::allocate(2000, alignment);
        EXPECT_NE(again, nullptr);
        EXPECT_EQ(address_of(again) % alignment, 0U);
    }
}
