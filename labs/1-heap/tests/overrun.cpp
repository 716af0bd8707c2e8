// A user that wrote outside its block is found out when a block beside the damage is freed, before the heap acts on it.

#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/support.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace {

constexpr std::size_t BYTES = 100;

// Four neighbours in order of address, and what lies between the memory of the second and that of the third: the
// heap's.
struct Neighbours {
    std::array<std::byte*, 4> blocks = {};
    std::span<std::byte> between;

    Neighbours() {
        fresh_heap();
        for (std::byte*& block : blocks)
            block = static_cast<std::byte*>(heap::allocate(BYTES));
        std::ranges::sort(blocks);
        std::byte* const end = blocks[1] + held_bytes() / blocks.size();
        if (blocks[1] != nullptr && end < blocks[2])
            between = {end, blocks[2]};
    }
};

// Whether the free was refused, or the damage was of a kind that the heap has no need to see: then all is well still.
bool is_refused_or_harmless(const Neighbours& neighbours, std::size_t index, const heap::Stats& at_first) {
    const heap::Stats before = heap::stats();
    const Freed freed = give_back(neighbours.blocks[index]);
    if (freed != Freed::taken_back) {
        EXPECT_EQ(freed, Freed::overrun);
        return freed == Freed::overrun && are_equal(heap::stats(), before);
    }
    for (std::size_t i = 0; i < neighbours.blocks.size(); ++i) {
        if (i == index)
            continue;
        const Freed other = give_back(neighbours.blocks[i]);
        EXPECT_NE(other, Freed::foreign_pointer);
        if (other == Freed::foreign_pointer)
            return false;
    }
    return is_whole_again(at_first);
}

// The same after one byte between the second and the third was changed, in each of six ways.
bool survives_a_change_at(std::size_t offset, std::size_t freed, const heap::Stats& at_first) {
    for (const int change : {0x01, 0x02, 0x10, 0x40, 0x80, 0xff}) {
        const Neighbours neighbours;
        neighbours.between[offset] ^= static_cast<std::byte>(change);
        if (!is_refused_or_harmless(neighbours, freed, at_first))
            return false;
    }
    return true;
}

} // namespace

TEST(heap, names_an_overrun) {
    for (const int content : {0x00, 0x41, 0xff}) {
        const Neighbours neighbours;
        REQUIRE(neighbours.blocks[0] != nullptr);
        if (neighbours.between.empty())
            return;
        std::memset(neighbours.between.data(), content, neighbours.between.size());
        const heap::Stats before = heap::stats();
        EXPECT_EQ(give_back(neighbours.blocks[2]), Freed::overrun);
        EXPECT(are_equal(heap::stats(), before));
    }
}

// A string that was one character too long: its zero byte hits the heap's lowest one.
TEST(heap, survives_an_overrun_of_one_byte) {
    fresh_heap();
    const heap::Stats at_first = heap::stats();
    const std::size_t bytes = Neighbours().between.size();
    for (const std::size_t freed : {1U, 2U}) {
        std::size_t survived = 0; // offsets, up to the first at which a change does harm
        while (survived < bytes && survives_a_change_at(survived, freed, at_first))
            ++survived;
        REQUIRE_EQ(survived, bytes);
    }
}

// The neighbour is free already, and its bookkeeping is what a merge would go by.
TEST(heap, survives_an_overrun_into_a_free_block) {
    for (const int content : {0x00, 0x01, 0x41, 0xff}) {
        fresh_heap();
        const heap::Stats at_first = heap::stats();
        const Neighbours neighbours;
        REQUIRE_EQ(give_back(neighbours.blocks[2]), Freed::taken_back);
        std::memset(neighbours.between.data(), content, neighbours.between.size());
        EXPECT(is_refused_or_harmless(neighbours, 1, at_first));
    }
}

// A user that writes to a block after it freed it, where the heap has its own notes now.
TEST(heap, survives_a_write_at_the_end_of_a_freed_block) {
    for (const int content : {0x00, 0x10, 0x41, 0xff}) {
        fresh_heap();
        const heap::Stats at_first = heap::stats();
        const Neighbours neighbours;
        REQUIRE_EQ(give_back(neighbours.blocks[1]), Freed::taken_back);
        std::byte* const tail = neighbours.blocks[1] + BYTES - 4;
        std::memset(tail, content, 4 + (held_bytes() / 3 - BYTES));
        EXPECT(is_refused_or_harmless(neighbours, 2, at_first));
    }
}
