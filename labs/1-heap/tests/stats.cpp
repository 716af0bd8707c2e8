// The figures are true at every step: whoever plans with them must not be lied to.

#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/model.hpp"

#include <array>

TEST(heap, counts_live_blocks) {
    fresh_heap();
    std::array<void*, 20> blocks;
    std::size_t asked = 0;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        REQUIRE((blocks[i] = heap::allocate(10 * i + 1)) != nullptr);
        asked += 10 * i + 1;
        EXPECT_EQ(heap::stats().allocated_blocks, i + 1);
        EXPECT_GE(heap::stats().allocated_bytes, asked);
    }
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        REQUIRE_EQ(give_back(blocks[i]), Freed::taken_back);
        EXPECT_EQ(heap::stats().allocated_blocks, blocks.size() - 1 - i);
    }
    EXPECT_EQ(heap::stats().allocated_bytes, 0U);
}

// A block can hold what the figure grew by when it was granted.
TEST(heap, counts_what_blocks_can_hold) {
    fresh_heap();
    constexpr std::size_t COUNT = 100;
    std::array<void*, COUNT> blocks;
    std::array<std::size_t, COUNT> held;
    for (std::size_t i = 0; i < COUNT; ++i) {
        const std::size_t before = held_bytes();
        REQUIRE((blocks[i] = heap::allocate(i * 3 + 1)) != nullptr);
        held[i] = held_bytes() - before;
        REQUIRE(held[i] >= i * 3 + 1);
        REQUIRE(held[i] <= i * 3 + 64);
        fill(blocks[i], held[i], i);
    }
    for (std::size_t i = 0; i < COUNT; ++i) {
        EXPECT_EQ(intact_bytes(blocks[i], held[i], i), held[i]);
        const std::size_t before = held_bytes();
        REQUIRE_EQ(give_back(blocks[i]), Freed::taken_back);
        EXPECT_EQ(before - held_bytes(), held[i]);
    }
    EXPECT_EQ(held_bytes(), 0U);
}

// Free memory is counted by what can be had of it: each free block in turn, until nothing is left.
TEST(heap, counts_what_free_blocks_could_hold) {
    fresh_heap(16384);
    std::array<void*, 24> blocks;
    for (std::size_t i = 0; i < blocks.size(); ++i)
        REQUIRE((blocks[i] = heap::allocate(40 + 17 * i)) != nullptr);
    for (std::size_t i = 0; i < blocks.size(); i += 2)
        REQUIRE_EQ(give_back(blocks[i]), Freed::taken_back);
    const heap::Stats before = heap::stats();
    EXPECT_EQ(before.free_blocks, blocks.size() / 2 + 1);
    std::size_t taken_blocks = 0;
    std::size_t taken_bytes = 0;
    for (std::size_t largest; (largest = heap::stats().largest_free_bytes) != 0; ++taken_blocks, taken_bytes += largest)
        REQUIRE(heap::allocate(largest) != nullptr);
    EXPECT_EQ(taken_blocks, before.free_blocks);
    EXPECT_EQ(taken_bytes, before.free_bytes);
}

TEST(heap, keeps_true_figures) {
    kernel::Random random(test::seed() + 3);
    static Model model({});
    model = Model(fresh_heap(64 << 10));
    for (int i = 0; i < 3000; ++i) {
        REQUIRE(model.step(random, 700, i % 2 == 0));
        REQUIRE(model.agrees());
    }
    REQUIRE(model.free_all(random));
    EXPECT(model.agrees());
}
