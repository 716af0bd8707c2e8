// A free that is wrong is named, and changes nothing.

#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/support.hpp"

#include <array>
#include <cstring>

TEST(heap, names_a_double_free) {
    fresh_heap();
    std::array<void*, 3> blocks;
    for (void*& block : blocks)
        REQUIRE((block = heap::allocate(72)) != nullptr);
    REQUIRE_EQ(give_back(blocks[1]), Freed::taken_back);
    const heap::Stats before = heap::stats();
    for (int time = 0; time < 3; ++time) {
        EXPECT_EQ(give_back(blocks[1]), Freed::double_free);
        EXPECT(are_equal(heap::stats(), before));
    }
    EXPECT_EQ(give_back(blocks[0]), Freed::taken_back);
    EXPECT_EQ(give_back(blocks[2]), Freed::taken_back);
}

// After a merge nothing of the heap's own begins there any more; that the pointer was a block, and was freed, is still
// so.
TEST(heap, names_a_double_free_after_a_merge) {
    for (const std::size_t last : {0U, 1U, 2U}) {
        fresh_heap();
        std::array<void*, 4> blocks;
        for (void*& block : blocks)
            REQUIRE((block = heap::allocate(72)) != nullptr);
        for (std::size_t i = 0; i < 3; ++i)
            REQUIRE_EQ(give_back(blocks[(last + i) % 3]), Freed::taken_back);
        const heap::Stats before = heap::stats();
        for (std::size_t i = 0; i < 3; ++i)
            EXPECT_EQ(give_back(blocks[i]), Freed::double_free);
        EXPECT(are_equal(heap::stats(), before));
    }
}

TEST(heap, names_a_foreign_pointer) {
    const std::span<std::byte> memory = fresh_heap();
    alignas(16) static std::byte elsewhere[64];
    alignas(16) std::byte local[64] = {};
    REQUIRE(heap::allocate(64) != nullptr);
    const heap::Stats before = heap::stats();
    EXPECT_EQ(give_back(elsewhere + 16), Freed::foreign_pointer);
    EXPECT_EQ(give_back(local + 16), Freed::foreign_pointer);
    EXPECT_EQ(give_back(memory.data() + memory.size()), Freed::foreign_pointer);
    EXPECT_EQ(give_back(memory.data() + memory.size() + 16), Freed::foreign_pointer);
    EXPECT_EQ(give_back(memory.data() + memory.size() / 2), Freed::foreign_pointer);
    EXPECT_EQ(give_back(memory.data()), Freed::foreign_pointer);
    // Nothing can be read at these: whoever looks at what lies before the pointer first, never gets to answer.
    for (const std::uintptr_t address :
         {0x1UL, 0x8UL, 0x10UL, 0x18UL, 0xdead'0000UL, 0x8000'0000'0000'0010UL, ~0UL, ~0xfUL})
        EXPECT_EQ(give_back(reinterpret_cast<void*>(address)), Freed::foreign_pointer);
    EXPECT(are_equal(heap::stats(), before));
}

TEST(heap, names_a_pointer_into_a_block) {
    fresh_heap();
    constexpr std::size_t BYTES = 256;
    std::array<std::byte*, 3> blocks;
    for (std::byte*& block : blocks)
        REQUIRE((block = static_cast<std::byte*>(heap::allocate(BYTES))) != nullptr);
    std::byte* const block = blocks[1];
    const heap::Stats before = heap::stats();
    for (const int content : {0x00, 0x01, 0x11, 0x80, 0xff}) {
        std::memset(block, content, BYTES);
        std::size_t refused = 1; // offsets, up to the first that is not called foreign
        while (refused < BYTES && give_back(block + refused) == Freed::foreign_pointer)
            ++refused;
        REQUIRE_EQ(refused, BYTES);
    }
    // The owner may copy any bytes that it can read, the heap's own too.
    for (std::size_t offset = 64; offset < BYTES; offset += 16) {
        std::memcpy(block + offset - 48, block - 48, 48);
        REQUIRE_EQ(give_back(block + offset), Freed::foreign_pointer);
    }
    EXPECT(are_equal(heap::stats(), before));
    EXPECT_EQ(give_back(block), Freed::taken_back);
}

TEST(heap, goes_on_after_a_bad_free) {
    fresh_heap();
    std::array<std::byte*, 16> blocks;
    const auto bytes_of = [](std::size_t i) { return 24 * i + 1; };
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        REQUIRE((blocks[i] = static_cast<std::byte*>(heap::allocate(bytes_of(i)))) != nullptr);
        fill(blocks[i], bytes_of(i), i);
    }
    for (std::size_t i = 1; i < blocks.size(); i += 2) {
        REQUIRE_EQ(give_back(blocks[i]), Freed::taken_back);
        REQUIRE_EQ(give_back(blocks[i]), Freed::double_free);
        REQUIRE_EQ(give_back(blocks[i - 1] + 1), Freed::foreign_pointer);
    }
    for (std::size_t i = 0; i < blocks.size(); i += 2) {
        EXPECT_EQ(intact_bytes(blocks[i], bytes_of(i), i), bytes_of(i));
        REQUIRE_EQ(give_back(blocks[i]), Freed::taken_back);
    }
    EXPECT_EQ(heap::stats().allocated_blocks, 0U);
}
