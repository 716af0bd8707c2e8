// A heap says null when it has no memory, only then, and goes on.

#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/support.hpp"

#include <array>
#include <cstdint>

TEST(heap, gives_null_when_full) {
    fresh_heap(4096);
    constexpr std::size_t BYTES = 64;
    std::array<void*, 4096 / BYTES> blocks;
    std::size_t count = 0;
    while (void* const block = heap::allocate(BYTES)) {
        REQUIRE(count < blocks.size());
        fill(block, BYTES, count);
        blocks[count++] = block;
    }
    EXPECT_GE(count, 30U);
    const heap::Stats full = heap::stats();
    EXPECT_LT(full.largest_free_bytes, BYTES);
    EXPECT_EQ(heap::allocate(BYTES), nullptr);
    EXPECT(are_equal(heap::stats(), full));
    for (std::size_t i = 0; i < count; ++i)
        EXPECT_EQ(intact_bytes(blocks[i], BYTES, i), BYTES);
}

TEST(heap, goes_on_after_it_was_full) {
    fresh_heap(4096);
    const heap::Stats at_first = heap::stats();
    std::array<void*, 256> blocks;
    for (int round = 0; round < 3; ++round) {
        std::size_t count = 0;
        while (count < blocks.size() && (blocks[count] = heap::allocate(48)) != nullptr)
            ++count;
        REQUIRE(count > 30);
        REQUIRE_EQ(give_back(blocks[count / 2]), Freed::taken_back);
        blocks[count / 2] = heap::allocate(48);
        REQUIRE(blocks[count / 2] != nullptr);
        for (std::size_t i = 0; i < count; ++i)
            REQUIRE_EQ(give_back(blocks[i]), Freed::taken_back);
        REQUIRE(is_whole_again(at_first));
    }
}

TEST(heap, refuses_absurd_sizes) {
    const std::span<std::byte> memory = fresh_heap();
    const heap::Stats at_first = heap::stats();
    for (std::size_t alignment = heap::MINIMUM_ALIGNMENT; alignment <= heap::MAXIMUM_ALIGNMENT; alignment *= 2)
        for (unsigned bit = 17; bit <= 64; ++bit)
            for (std::size_t less = 0; less <= 64; ++less) {
                const std::size_t power = bit == 64 ? 0 : std::size_t{1} << bit; // 2^64, less something
                if (power - less > memory.size() && heap::allocate(power - less, alignment) != nullptr) {
                    EXPECT_EQ(power - less, 0U); // this size was granted
                    return;
                }
            }
    EXPECT_EQ(heap::allocate(memory.size()), nullptr);
    EXPECT_EQ(heap::allocate(SIZE_MAX - heap::MAXIMUM_ALIGNMENT), nullptr);
    EXPECT(are_equal(heap::stats(), at_first));
    EXPECT_NE(heap::allocate(100), nullptr);
}

TEST(heap, grants_the_largest_free_block) {
    // Holes of about one size, in several orders: a heap that keeps them in one list must not stop at its first.
    for (const std::size_t bytes : {40U, 500U, 6000U})
        for (std::size_t stride = 1; stride < 16; stride += 2) {
            fresh_heap(128 << 10);
            std::array<void*, 16> blocks;
            for (std::size_t i = 0; i < blocks.size(); ++i)
                REQUIRE((blocks[i] = heap::allocate(bytes + 16 * (i * stride % blocks.size()))) != nullptr);
            for (std::size_t i = 0; i < blocks.size(); i += 2)
                REQUIRE_EQ(give_back(blocks[i]), Freed::taken_back);
            for (std::size_t largest; (largest = heap::stats().largest_free_bytes) != 0;) {
                REQUIRE_EQ(heap::allocate(largest + 1), nullptr);
                void* const block = heap::allocate(largest);
                REQUIRE(block != nullptr);
                fill(block, largest, largest);
            }
            EXPECT_EQ(heap::stats().free_blocks, 0U);
            EXPECT_EQ(heap::allocate(0), nullptr);
        }
}
