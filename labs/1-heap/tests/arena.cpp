// What `initialise` makes of the memory that it is given, whatever it is given.

#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/support.hpp"

#include <algorithm>
#include <array>

#if __STDC_HOSTED__
#include <sys/mman.h>
#endif

namespace {

constexpr std::byte UNTOUCHED{0xa5};

// Exactly as large as it looks: on the host, a sanitizer sees every access beside it.
alignas(16) std::byte exact[1000];

// Uses up a heap, fills every block, frees and allocates one again.
void use_up(std::size_t bytes) {
    void* last = nullptr;
    for (std::size_t count = 0; count < 1000; ++count) {
        void* const block = heap::allocate(bytes);
        if (block == nullptr)
            break;
        fill(block, bytes, count);
        last = block;
    }
    static_cast<void>(heap::deallocate(last));
    static_cast<void>(heap::allocate(bytes));
}

} // namespace

TEST(heap, begins_as_one_free_block) {
    const std::span<std::byte> memory = fresh_heap();
    const heap::Stats stats = heap::stats();
    EXPECT_EQ(stats.arena_bytes, memory.size());
    EXPECT_EQ(stats.allocated_blocks, 0U);
    EXPECT_EQ(stats.allocated_bytes, 0U);
    EXPECT_EQ(stats.free_blocks, 1U);
    EXPECT_EQ(stats.free_bytes, stats.largest_free_bytes);
    EXPECT_LE(stats.free_bytes, memory.size());
    EXPECT_GE(stats.free_bytes, memory.size() * 9 / 10);
}

TEST(heap, stays_inside_an_unaligned_arena) {
    for (std::size_t begin = 0; begin < 32; ++begin)
        for (std::size_t trimmed = 0; trimmed < 32; ++trimmed) {
            const std::span<std::byte> around = std::span(arena).first(2048);
            std::ranges::fill(around, UNTOUCHED);
            const std::span<std::byte> inside = around.subspan(64 + begin, 1024 + 256 - begin - trimmed);
            heap::initialise(inside);
            void* const block = heap::allocate(64);
            REQUIRE(block != nullptr);
            REQUIRE(lies_within(inside, block, 64));
            REQUIRE_EQ(address_of(block) % heap::MINIMUM_ALIGNMENT, 0U);
            use_up(24);
            const auto touched = [](std::byte byte) { return byte != UNTOUCHED; };
            REQUIRE(std::ranges::none_of(around.first(64 + begin), touched));
            REQUIRE(std::ranges::none_of(around.subspan(64 + 1024 + 256 - trimmed), touched));
        }
}

TEST(heap, lives_with_a_tiny_arena) {
    for (std::size_t bytes = 0; bytes <= 256; ++bytes)
        for (std::size_t begin = 0; begin < 16; ++begin) {
            const std::span<std::byte> tiny = std::span(exact).subspan(sizeof(exact) - 256 - begin, bytes);
            heap::initialise(tiny);
            const heap::Stats at_first = heap::stats();
            REQUIRE_EQ(at_first.arena_bytes, bytes);
            REQUIRE(at_first.free_bytes <= bytes);
            REQUIRE_EQ(at_first.free_blocks, at_first.largest_free_bytes != 0 ? 1U : 0U);
            void* const block = heap::allocate(1);
            REQUIRE_EQ(block != nullptr, at_first.largest_free_bytes != 0);
            REQUIRE((block == nullptr || lies_within(tiny, block, 1)));
            REQUIRE((block == nullptr || give_back(block) == Freed::taken_back));
            REQUIRE_EQ(heap::stats().allocated_blocks, 0U);
        }
    heap::initialise({});
    EXPECT_EQ(heap::allocate(0), nullptr);
    EXPECT_EQ(give_back(nullptr), Freed::taken_back);
    EXPECT_EQ(heap::stats().free_blocks, 0U);
    EXPECT_EQ(give_back(exact + 64), Freed::foreign_pointer);
}

TEST(heap, leaves_the_old_arena_alone) {
    const std::span<std::byte> old = std::span(arena).first(4096);
    const std::span<std::byte> next = std::span(arena).subspan(4096, 4096);
    heap::initialise(old);
    void* const live = heap::allocate(100);
    REQUIRE(live != nullptr);
    std::ranges::fill(old, UNTOUCHED);
    heap::initialise(next);
    use_up(40);
    EXPECT_EQ(give_back(live), Freed::foreign_pointer);
    EXPECT(std::ranges::all_of(old, [](std::byte byte) { return byte == UNTOUCHED; }));
}

// The old life's bookkeeping still lies in the memory, and looks as good as it ever did.
TEST(heap, forgets_the_blocks_of_an_earlier_life) {
    fresh_heap();
    std::array<void*, 3> blocks;
    for (void*& block : blocks) {
        block = heap::allocate(80);
        REQUIRE(block != nullptr);
    }
    fresh_heap();
    const heap::Stats at_first = heap::stats();
    EXPECT_EQ(at_first.allocated_blocks, 0U);
    EXPECT_EQ(give_back(blocks[1]), Freed::foreign_pointer);
    EXPECT_EQ(give_back(blocks[2]), Freed::foreign_pointer);
    EXPECT(are_equal(heap::stats(), at_first));

    // One that was freed, and one that was not, in each of the lives to come: whatever counts them comes round again.
    constexpr std::size_t SMALL = 1024;
    constexpr unsigned LIVES = (1 << 16) + 2;
    fresh_heap(SMALL);
    for (void*& block : blocks)
        REQUIRE((block = heap::allocate(80)) != nullptr);
    REQUIRE_EQ(give_back(blocks[1]), Freed::taken_back);
    unsigned life = 1;
    do
        heap::initialise(std::span(arena).first(SMALL));
    while (++life < LIVES && give_back(blocks[1]) == Freed::foreign_pointer &&
           give_back(blocks[2]) == Freed::foreign_pointer);
    EXPECT_EQ(life, LIVES);
}

#if __STDC_HOSTED__
// More than 32 bits can count: what is not used is not promised either. The pages that nobody writes to cost nothing.
TEST_CASE("heap.keeps_its_word_in_a_huge_arena") {
    constexpr std::size_t BYTES = std::size_t{5} << 30;
    void* const pages =
        mmap(nullptr, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    REQUIRE(pages != MAP_FAILED);
    heap::initialise({static_cast<std::byte*>(pages), BYTES});
    const heap::Stats at_first = heap::stats();
    CHECK_GE(at_first.largest_free_bytes, (std::size_t{4} << 30) - (16 << 10) - 64);
    void* const all = heap::allocate(at_first.largest_free_bytes);
    CHECK(all != nullptr);
    CHECK_EQ(heap::allocate(at_first.largest_free_bytes), nullptr);
    CHECK_EQ(give_back(all), Freed::taken_back);
    CHECK(is_whole_again(at_first));
    CHECK_EQ(heap::allocate(at_first.largest_free_bytes + 1), nullptr);
    void* const aligned = heap::allocate((std::size_t{4} << 30) - (64 << 10), heap::MAXIMUM_ALIGNMENT);
    CHECK_EQ(address_of(aligned) % heap::MAXIMUM_ALIGNMENT, 0U);
    CHECK_EQ(give_back(aligned), Freed::taken_back);
    CHECK(is_whole_again(at_first));
    heap::initialise({});
    munmap(pages, BYTES);
}
#endif
