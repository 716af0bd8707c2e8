// What a block is: memory in the arena, aligned, its owner's alone, to the last byte.

#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/support.hpp"

#include <array>

TEST(heap, allocates) {
    const std::span<std::byte> memory = fresh_heap();
    void* const block = heap::allocate(100);
    REQUIRE(block != nullptr);
    EXPECT(lies_within(memory, block, 100));
}

TEST(heap, aligns_every_block) {
    fresh_heap();
    for (std::size_t bytes = 1; bytes <= 300; ++bytes) {
        void* const block = heap::allocate(bytes);
        REQUIRE(block != nullptr);
        EXPECT_EQ(address_of(block) % heap::MINIMUM_ALIGNMENT, 0U);
    }
}

TEST(heap, blocks_do_not_overlap) {
    fresh_heap();
    constexpr std::size_t COUNT = 200;
    std::array<void*, COUNT> blocks;
    for (std::size_t i = 0; i < COUNT; ++i) {
        blocks[i] = heap::allocate(i + 1);
        REQUIRE(blocks[i] != nullptr);
        fill(blocks[i], i + 1, i);
    }
    for (std::size_t i = 0; i < COUNT; ++i)
        EXPECT_EQ(intact_bytes(blocks[i], i + 1, i), i + 1);
}

// A block that ends on the heap's own bookkeeping is one that its owner cannot fill: the heap stumbles over it later.
TEST(heap, blocks_are_usable_to_the_last_byte) {
    for (std::size_t bytes = 1; bytes <= 128; ++bytes) {
        fresh_heap();
        std::array<void*, 3> blocks;
        for (void*& block : blocks) {
            block = heap::allocate(bytes);
            REQUIRE(block != nullptr);
            fill(block, bytes, bytes);
        }
        void* const reused = blocks[1];
        REQUIRE_EQ(give_back(reused), Freed::taken_back);
        blocks[1] = heap::allocate(bytes);
        REQUIRE(blocks[1] != nullptr);
        fill(blocks[1], bytes, bytes);
        for (void* const block : blocks) {
            EXPECT_EQ(intact_bytes(block, bytes, bytes), bytes);
            REQUIRE_EQ(give_back(block), Freed::taken_back);
        }
    }
}

TEST(heap, grants_zero_bytes) {
    fresh_heap();
    void* const one = heap::allocate(0);
    void* const other = heap::allocate(0);
    void* const third = heap::allocate(1);
    REQUIRE(one != nullptr);
    REQUIRE(other != nullptr);
    EXPECT_NE(one, other);
    EXPECT_NE(one, third);
    EXPECT_EQ(heap::stats().allocated_blocks, 3U);
    EXPECT_EQ(give_back(one), Freed::taken_back);
    EXPECT_EQ(give_back(other), Freed::taken_back);
}
