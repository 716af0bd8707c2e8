// Free neighbours become one block at once, so that memory never crumbles.

#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/support.hpp"

#include <algorithm>
#include <array>

namespace {

constexpr std::size_t BYTES = 112;

// Neighbours in a heap that is otherwise full: whatever is free afterwards came from these.
template<std::size_t COUNT>
std::array<void*, COUNT> neighbours() {
    fresh_heap(8192);
    std::array<void*, COUNT> blocks;
    for (void*& block : blocks)
        block = heap::allocate(BYTES);
    std::ranges::sort(blocks);
    while (heap::stats().largest_free_bytes != 0 && heap::allocate(heap::stats().largest_free_bytes) != nullptr)
        ;
    return blocks;
}

} // namespace

TEST(heap, merges_with_the_block_after) {
    const auto blocks = neighbours<4>();
    REQUIRE_EQ(give_back(blocks[2]), Freed::taken_back);
    REQUIRE_EQ(give_back(blocks[1]), Freed::taken_back);
    EXPECT_EQ(heap::stats().free_blocks, 1U);
    EXPECT_GE(heap::stats().largest_free_bytes, 2 * BYTES);
    EXPECT_NE(heap::allocate(2 * BYTES), nullptr);
}

TEST(heap, merges_with_the_block_before) {
    const auto blocks = neighbours<4>();
    REQUIRE_EQ(give_back(blocks[1]), Freed::taken_back);
    REQUIRE_EQ(give_back(blocks[2]), Freed::taken_back);
    EXPECT_EQ(heap::stats().free_blocks, 1U);
    EXPECT_GE(heap::stats().largest_free_bytes, 2 * BYTES);
    EXPECT_NE(heap::allocate(2 * BYTES), nullptr);
}

TEST(heap, merges_on_both_sides) {
    const auto blocks = neighbours<5>();
    REQUIRE_EQ(give_back(blocks[1]), Freed::taken_back);
    REQUIRE_EQ(give_back(blocks[3]), Freed::taken_back);
    EXPECT_EQ(heap::stats().free_blocks, 2U);
    REQUIRE_EQ(give_back(blocks[2]), Freed::taken_back);
    EXPECT_EQ(heap::stats().free_blocks, 1U);
    EXPECT_GE(heap::stats().largest_free_bytes, 3 * BYTES);
    EXPECT_NE(heap::allocate(3 * BYTES), nullptr);
}

TEST(heap, merges_no_live_block) {
    const auto blocks = neighbours<5>();
    fill(blocks[2], BYTES, 7);
    REQUIRE_EQ(give_back(blocks[1]), Freed::taken_back);
    REQUIRE_EQ(give_back(blocks[3]), Freed::taken_back);
    EXPECT_EQ(heap::stats().free_blocks, 2U);
    EXPECT_EQ(heap::allocate(2 * BYTES), nullptr);
    EXPECT_EQ(intact_bytes(blocks[2], BYTES, 7), BYTES);
}

// The arena's last block has no neighbour after it, and its first none before.
TEST(heap, merges_the_first_and_the_last_block) {
    for (std::size_t bytes = 32; bytes <= 96; bytes += 4)
        for (const std::size_t edge : {0U, 1U}) { // which is freed first: the block at the edge, or the one beside it
            fresh_heap(1024);
            std::array<void*, 32> blocks;
            std::size_t count = 0;
            while (count < blocks.size() && (blocks[count] = heap::allocate(bytes)) != nullptr)
                ++count;
            // What is left over is a block as well, wherever it lies: no free one is at an edge to begin with.
            for (std::size_t left; count < blocks.size() && (left = heap::stats().largest_free_bytes) != 0; ++count)
                REQUIRE((blocks[count] = heap::allocate(left)) != nullptr);
            REQUIRE(count >= 6);
            std::ranges::sort(std::span(blocks).first(count));
            REQUIRE_EQ(give_back(blocks[count - 1 - edge]), Freed::taken_back);
            REQUIRE_EQ(give_back(blocks[count - 2 + edge]), Freed::taken_back);
            EXPECT_EQ(heap::stats().free_blocks, 1U);
            REQUIRE_EQ(give_back(blocks[edge]), Freed::taken_back);
            REQUIRE_EQ(give_back(blocks[1 - edge]), Freed::taken_back);
            EXPECT_EQ(heap::stats().free_blocks, 2U);
            for (std::size_t i = 2; i < count - 2; ++i)
                REQUIRE_EQ(give_back(blocks[i]), Freed::taken_back);
            EXPECT_EQ(heap::stats().free_blocks, 1U);
        }
}

TEST(heap, is_whole_again_in_any_order) {
    std::array<std::size_t, 6> order = {0, 1, 2, 3, 4, 5};
    do {
        fresh_heap(4096);
        const heap::Stats at_first = heap::stats();
        std::array<void*, order.size()> blocks;
        for (std::size_t i = 0; i < blocks.size(); ++i)
            REQUIRE((blocks[i] = heap::allocate(20 + 40 * i)) != nullptr);
        for (const std::size_t i : order)
            REQUIRE_EQ(give_back(blocks[i]), Freed::taken_back);
        REQUIRE(is_whole_again(at_first));
    } while (std::ranges::next_permutation(order).found);
}
