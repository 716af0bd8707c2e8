// A user that wrote outside its block is found out when a block beside the damage is freed, before the heap acts on it.

#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/support.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace {

constexpr std::size_t BYTES = 100;

// Five neighbours in order of address, and what lies between the memory of the second and that of the third: the
// heap's.
struct Neighbours {
    std::array<std::byte*, 5> blocks = {};
    std::span<std::byte> between;

    explicit Neighbours(std::size_t bytes = BYTES) {
        fresh_heap();
        for (std::byte*& block : blocks)
            block = static_cast<std::byte*>(heap::allocate(bytes));
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
        if (i == index || neighbours.blocks[i] == nullptr)
            continue;
        const Freed other = give_back(neighbours.blocks[i]);
        EXPECT_NE(other, Freed::foreign_pointer);
        if (other == Freed::foreign_pointer)
            return false;
    }
    return is_whole_again(at_first);
}

// The same after one byte between the second and the third was changed: one bit of it, or all.
bool survives_a_change_at(std::size_t offset, std::size_t freed, const heap::Stats& at_first) {
    for (const int change : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff}) {
        const Neighbours neighbours;
        neighbours.between[offset] ^= static_cast<std::byte>(change);
        if (!is_refused_or_harmless(neighbours, freed, at_first))
            return false;
    }
    return true;
}

// Frees three neighbours in that order, changes one of the last bits of what is one free block then, and frees the
// block behind it; for each bit in turn. Gives the first bit whose change does harm. Of equal blocks, one wrong bit in
// a size may lead to where a block began that is none any more.
constexpr unsigned BITS_AT_THE_END = 64;
unsigned survived_bits_at_the_end(std::span<const std::size_t> order, std::size_t bytes) {
    for (unsigned bit = 0; bit < BITS_AT_THE_END; ++bit) {
        fresh_heap();
        const heap::Stats at_first = heap::stats();
        Neighbours neighbours{bytes};
        const std::size_t room = held_bytes() / neighbours.blocks.size();
        for (const std::size_t each : order)
            EXPECT_EQ(give_back(neighbours.blocks[each]), Freed::taken_back);
        std::byte* const end = neighbours.blocks[3] + room;
        for (const std::size_t each : order)
            neighbours.blocks[each] = nullptr;
        *(end - 1 - bit / 8) ^= static_cast<std::byte>(1U << bit % 8);
        if (!is_refused_or_harmless(neighbours, 4, at_first))
            return bit;
    }
    return BITS_AT_THE_END;
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
        for (int time = 0; time < 2; ++time) {
            EXPECT_EQ(give_back(neighbours.blocks[2]), Freed::overrun);
            EXPECT(are_equal(heap::stats(), before));
        }
    }
}

// Whoever puts the bytes back finds the heap as it was: the frees that were refused have changed nothing.
TEST(heap, is_as_before_after_an_overrun) {
    for (const std::size_t freed : {1U, 2U}) {
        fresh_heap();
        const heap::Stats at_first = heap::stats();
        Neighbours neighbours;
        REQUIRE(neighbours.blocks[0] != nullptr);
        std::array<std::byte, 256> kept;
        const std::size_t bytes = neighbours.between.size();
        REQUIRE(bytes <= kept.size());
        std::ranges::copy(neighbours.between, kept.begin());
        std::ranges::fill(neighbours.between, std::byte{0x5a});
        const Freed refused = give_back(neighbours.blocks[freed]);
        EXPECT((refused == Freed::overrun || (freed == 1 && refused == Freed::taken_back) || bytes == 0));
        if (refused == Freed::taken_back)
            continue; // it had no need to look there
        EXPECT_EQ(give_back(neighbours.blocks[freed]), Freed::overrun);
        std::ranges::copy(std::span(kept).first(bytes), neighbours.between.begin());
        for (const std::size_t i : {1U, 3U, 0U, 4U, 2U})
            EXPECT_EQ(give_back(neighbours.blocks[i]), Freed::taken_back);
        EXPECT(is_whole_again(at_first));
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
        std::memset(tail, content, 4 + (held_bytes() / 4 - BYTES));
        EXPECT(is_refused_or_harmless(neighbours, 2, at_first));
    }
    constexpr std::array<std::size_t, 3> ORDERS[] = {{1, 2, 3}, {1, 3, 2}, {2, 1, 3}, {2, 3, 1}, {3, 1, 2}, {3, 2, 1}};
    for (const std::size_t bytes : {24U, 48U, 56U, 96U, 112U, 120U})
        for (const auto& order : ORDERS)
            REQUIRE_EQ(survived_bits_at_the_end(order, bytes), BITS_AT_THE_END);
}
