// A block that is too large is split, and nothing of it is lost.

#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/support.hpp"

TEST(heap, splits_a_larger_block) {
    fresh_heap();
    const heap::Stats at_first = heap::stats();
    void* const block = heap::allocate(100);
    REQUIRE(block != nullptr);
    const heap::Stats now = heap::stats();
    EXPECT_GE(now.allocated_bytes, 100U);
    EXPECT_LE(now.allocated_bytes, 100U + 64);
    EXPECT_EQ(now.free_blocks, 1U);
    EXPECT_GE(now.free_bytes, at_first.free_bytes - 100 - 128);
}

// Every way in which a hole can be almost filled: what is left may be nothing, too little for a block, or just one.
TEST(heap, wastes_no_remainder) {
    constexpr std::size_t HOLE = 256;
    for (std::size_t less = 0; less <= 128; ++less) {
        fresh_heap();
        const heap::Stats at_first = heap::stats();
        void* const before = heap::allocate(40);
        void* const hole = heap::allocate(HOLE);
        void* const after = heap::allocate(40);
        while (heap::stats().largest_free_bytes != 0)
            REQUIRE(heap::allocate(heap::stats().largest_free_bytes) != nullptr);
        REQUIRE_EQ(give_back(hole), Freed::taken_back);
        fill(before, 40, 1);
        fill(after, 40, 2);

        const heap::Stats with_hole = heap::stats();
        void* const block = heap::allocate(HOLE - less);
        REQUIRE(block != nullptr);
        fill(block, HOLE - less, 3);
        const heap::Stats now = heap::stats();
        REQUIRE(now.free_bytes < with_hole.free_bytes);
        REQUIRE(now.allocated_bytes + now.free_bytes <= with_hole.allocated_bytes + with_hole.free_bytes);
        void* const rest = now.free_blocks == 0 ? nullptr : heap::allocate(now.largest_free_bytes);
        REQUIRE_EQ(rest != nullptr, now.free_blocks != 0);
        if (rest != nullptr)
            fill(rest, now.largest_free_bytes, 4);
        EXPECT_EQ(intact_bytes(before, 40, 1), 40U);
        EXPECT_EQ(intact_bytes(after, 40, 2), 40U);
        EXPECT_EQ(intact_bytes(block, HOLE - less, 3), HOLE - less);

        REQUIRE_EQ(give_back(block), Freed::taken_back);
        REQUIRE((rest == nullptr || give_back(rest) == Freed::taken_back));
        REQUIRE(are_equal(heap::stats(), with_hole));
        REQUIRE_EQ(give_back(before), Freed::taken_back);
        REQUIRE_EQ(give_back(after), Freed::taken_back);
        REQUIRE_EQ(heap::stats().arena_bytes, at_first.arena_bytes);
    }
}
