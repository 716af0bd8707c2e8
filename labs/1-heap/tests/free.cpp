// What is given back is there to be given out again.

#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/support.hpp"

#include <array>

namespace {

constexpr std::size_t BYTES = 200;

struct Filled {
    std::array<void*, 64> blocks;
    std::size_t count = 0;
};

// A heap with no room for one more block of BYTES.
Filled filled_heap() {
    fresh_heap(8192);
    Filled filled;
    while (filled.count < filled.blocks.size() && (filled.blocks[filled.count] = heap::allocate(BYTES)) != nullptr)
        ++filled.count;
    return filled;
}

} // namespace

TEST(heap, frees_a_block) {
    fresh_heap();
    void* const one = heap::allocate(100);
    void* const other = heap::allocate(100);
    REQUIRE(one != nullptr);
    REQUIRE(other != nullptr);
    EXPECT_EQ(give_back(one), Freed::taken_back);
    EXPECT_EQ(heap::stats().allocated_blocks, 1U);
    EXPECT_EQ(give_back(other), Freed::taken_back);
    EXPECT_EQ(heap::stats().allocated_blocks, 0U);
}

TEST(heap, frees_null) {
    fresh_heap();
    REQUIRE(heap::allocate(100) != nullptr);
    const heap::Stats before = heap::stats();
    EXPECT_EQ(give_back(nullptr), Freed::taken_back);
    EXPECT(are_equal(heap::stats(), before));
    EXPECT_NE(heap::allocate(100), nullptr);
}

// The first block of the arena and the last are blocks too.
TEST(heap, reuses_a_freed_block) {
    Filled filled = filled_heap();
    REQUIRE(filled.count > 20);
    for (std::size_t i = 0; i < filled.count; ++i) {
        REQUIRE_EQ(give_back(filled.blocks[i]), Freed::taken_back);
        REQUIRE((filled.blocks[i] = heap::allocate(BYTES)) != nullptr);
        fill(filled.blocks[i], BYTES, i);
    }
    for (std::size_t i = 0; i < filled.count; ++i)
        EXPECT_EQ(intact_bytes(filled.blocks[i], BYTES, i), BYTES);
}

TEST(heap, reuses_memory_for_ever) {
    fresh_heap(4096);
    const heap::Stats at_first = heap::stats();
    void* kept = heap::allocate(1);
    for (std::size_t i = 0; i < 10'000; ++i) {
        void* const block = heap::allocate(1 + i * 7 % 1000);
        REQUIRE(block != nullptr);
        REQUIRE_EQ(give_back(kept), Freed::taken_back);
        kept = block;
    }
    REQUIRE_EQ(give_back(kept), Freed::taken_back);
    EXPECT(is_whole_again(at_first));
}

TEST(heap, keeps_its_hands_off_live_blocks) {
    const Filled filled = filled_heap();
    for (std::size_t i = 0; i < filled.count; ++i)
        fill(filled.blocks[i], BYTES, i);
    for (std::size_t i = 0; i < filled.count; i += 2)
        REQUIRE_EQ(give_back(filled.blocks[i]), Freed::taken_back);
    for (std::size_t i = 0; i < filled.count / 4; ++i)
        REQUIRE(heap::allocate(BYTES / 3) != nullptr);
    for (std::size_t i = 1; i < filled.count; i += 2)
        EXPECT_EQ(intact_bytes(filled.blocks[i], BYTES, i), BYTES);
}
