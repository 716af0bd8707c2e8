// Blocks of every size up to half the arena, and thousands of them: no figure and no search ends at some number.

#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/support.hpp"

#include <array>

namespace {

// Enough that what counts or searches has passed 8 bits and every round number below; few enough for a heap that looks
// at all of its blocks each time.
constexpr std::size_t COUNT = 2100;
constexpr std::size_t BYTES = 40;
std::array<void*, COUNT> blocks;

} // namespace

TEST(heap, grants_blocks_of_all_sizes) {
    for (unsigned bit = 8; bit <= 20; ++bit)
        for (const std::size_t bytes :
             {(std::size_t{1} << bit) - 1, std::size_t{1} << bit, (std::size_t{1} << bit) + 1}) {
            const std::span<std::byte> memory = fresh_heap(ARENA_BYTES);
            const heap::Stats at_first = heap::stats();
            void* const one = heap::allocate(bytes);
            void* const other = heap::allocate(bytes);
            REQUIRE(one != nullptr);
            REQUIRE(other != nullptr);
            REQUIRE(lies_within(memory, one, bytes));
            REQUIRE(lies_within(memory, other, bytes));
            const std::uintptr_t from_one_to_other = address_of(other) - address_of(one);
            REQUIRE((from_one_to_other >= bytes && -from_one_to_other >= bytes));
            // At either end of each: what lies between was granted with them.
            for (void* const block : {one, other}) {
                fill(block, 64, 1);
                fill(static_cast<std::byte*>(block) + bytes - 64, 64, 2);
            }
            const heap::Stats now = heap::stats();
            EXPECT_EQ(now.arena_bytes, memory.size());
            EXPECT_GE(now.allocated_bytes, 2 * bytes);
            EXPECT_LE(now.allocated_bytes, 2 * bytes + 128);
            EXPECT_LE(now.free_bytes + now.allocated_bytes, memory.size());
            EXPECT_GE(now.free_bytes + now.allocated_bytes + 256, at_first.free_bytes);
            REQUIRE_EQ(give_back(one), Freed::taken_back);
            EXPECT_EQ(intact_bytes(static_cast<std::byte*>(other) + bytes - 64, 64, 2), 64U);
            REQUIRE_EQ(give_back(other), Freed::taken_back);
            REQUIRE(is_whole_again(at_first));
        }
}

TEST(heap, keeps_thousands_of_blocks) {
    fresh_heap(COUNT * 128);
    const heap::Stats at_first = heap::stats();
    for (std::size_t i = 0; i < COUNT; ++i) {
        REQUIRE((blocks[i] = heap::allocate(BYTES)) != nullptr);
        fill(blocks[i], BYTES, i);
    }
    EXPECT_EQ(heap::stats().allocated_blocks, COUNT);
    // A hole beside each that lives; then the only place for one more is behind all the holes, and then there is none.
    for (std::size_t i = 0; i < COUNT; i += 2)
        REQUIRE_EQ(give_back(blocks[i]), Freed::taken_back);
    const heap::Stats holes = heap::stats();
    EXPECT_EQ(holes.allocated_blocks, COUNT / 2);
    EXPECT_GE(holes.free_blocks, COUNT / 2);
    EXPECT_LE(holes.free_blocks, COUNT / 2 + 1);
    EXPECT_GE(holes.free_bytes, COUNT / 2 * BYTES);
    void* const rest = heap::allocate(holes.largest_free_bytes);
    REQUIRE(rest != nullptr);
    EXPECT_EQ(heap::allocate(4 * BYTES), nullptr);
    for (std::size_t i = 0; i < COUNT; i += 2)
        REQUIRE((blocks[i] = heap::allocate(BYTES)) != nullptr);
    for (std::size_t i = 1; i < COUNT; i += 2)
        REQUIRE_EQ(intact_bytes(blocks[i], BYTES, i), BYTES);
    REQUIRE_EQ(give_back(rest), Freed::taken_back);
    for (std::size_t i = 0; i < COUNT; ++i)
        REQUIRE_EQ(give_back(blocks[i * 11 % COUNT]), Freed::taken_back); // 11 and COUNT have no common factor
    EXPECT(is_whole_again(at_first));
}
