// Every bit that the heap keeps in its arena at the ends of blocks, damaged one after the other: whatever is freed
// then, the heap refuses it or does no harm. Host only, where the sanitizers see each access beside the arena.

#include "kernel/test/test.hpp"

#if __STDC_HOSTED__

#include "kernel/lib/random.hpp"
#include "labs/1-heap/tests/support.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace {

constexpr std::size_t BYTES = 3'000;

struct Block {
    std::byte* pointer;
    std::size_t bytes;
};

// A heap after a short random life, the same for the same seed: live blocks, each with a mark, and free ones between.
struct Life {
    explicit Life(std::uint64_t seed) : memory{new std::byte[BYTES]} {
        kernel::Random random{seed};
        heap::initialise({memory.get(), BYTES});
        for (unsigned i = 0; i < 40; ++i) {
            if (!live.empty() && random.below(5) < 2) {
                std::swap(live[random.below(live.size())], live.back());
                heap::deallocate(live.back().pointer).value();
                live.pop_back();
                continue;
            }
            const std::size_t bytes = random.below(3) == 0 ? random.below(200) : 16 * random.below(8) + 8;
            auto* const pointer = static_cast<std::byte*>(heap::allocate(bytes));
            if (pointer == nullptr)
                continue;
            fill(pointer, bytes, bytes);
            live.push_back({pointer, bytes});
        }
    }
    ~Life() { heap::initialise({}); }

    // What is not for owners to write to lies between live blocks. Of a free block, whose links may lie anywhere in it,
    // only what lies next to a live one is meant: so many bytes.
    static constexpr std::ptrdiff_t AT_FRONT = 8;
    static constexpr std::ptrdiff_t AT_BACK = 16;
    std::vector<std::size_t> kept() const {
        std::vector<Block> sorted = live;
        std::ranges::sort(sorted, {}, &Block::pointer);
        std::vector<std::size_t> places;
        std::byte* begin = memory.get();
        const auto add = [&](const std::byte* end) {
            for (const std::byte* each = begin; each < end; ++each)
                if (each - begin < AT_FRONT || end - each <= AT_BACK)
                    places.push_back(static_cast<std::size_t>(each - memory.get()));
        };
        for (const Block& block : sorted) {
            add(block.pointer);
            begin = block.pointer + std::max(block.bytes, std::size_t{1});
        }
        add(memory.get() + BYTES);
        return places;
    }

    std::unique_ptr<std::byte[]> memory;
    std::vector<Block> live;
};

// Frees all that is live, from the front, the back or in the order of coming. False at the first harm.
bool frees_all(Life& life, unsigned order) {
    std::vector<Block> blocks = life.live;
    if (order > 0)
        std::ranges::sort(blocks, {}, &Block::pointer);
    if (order > 1)
        std::ranges::reverse(blocks);
    std::vector<Block> left = blocks;
    for (const Block& block : blocks) {
        const heap::Stats before = heap::stats();
        const Freed result = give_back(block.pointer);
        if (result == Freed::taken_back)
            std::erase_if(left, [&](const Block& each) { return each.pointer == block.pointer; });
        else if (result != Freed::overrun || !are_equal(heap::stats(), before))
            return false;
        for (const Block& other : left)
            if (intact_bytes(other.pointer, other.bytes, other.bytes) != other.bytes)
                return false;
    }
    return heap::stats().allocated_blocks == left.size();
}

} // namespace

TEST_CASE("heap.survives_damage_to_every_bit") {
    std::size_t bits = 0;
    std::size_t found = 0; // that had a free refused
    for (std::uint64_t seed = test::seed(); seed < test::seed() + 3; ++seed)
        for (unsigned order = 0; order < 3; ++order)
            for (const std::size_t place : Life(seed).kept())
                for (unsigned bit = 0; bit < 8; ++bit) {
                    Life life{seed};
                    const std::size_t live = life.live.size();
                    life.memory[place] ^= static_cast<std::byte>(1U << bit);
                    INFO("seed ", seed, ", order ", order, ", byte ", place, ", bit ", bit);
                    REQUIRE(frees_all(life, order));
                    REQUIRE_LE(heap::stats().allocated_blocks, live);
                    ++bits;
                    found += heap::stats().allocated_blocks > 0 ? 1 : 0;
                }
    CHECK_GT(bits, 1'000);
    CHECK_GT(found, bits / 4);
}

#endif
