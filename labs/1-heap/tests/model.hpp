#pragma once

// What the heap should hold, kept outside it: every live block is known, filled with a mark of its own, and looked at
// again before it is freed. Each step returns false when the heap and the model part, after it has said where.

#include "kernel/lib/random.hpp"
#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/support.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

class Model {
public:
    static constexpr std::size_t MOST_BLOCKS = 256;

    explicit Model(std::span<std::byte> memory) : memory_(memory) {}

    std::size_t count() const { return count_; }

    bool allocate(std::size_t bytes, std::size_t alignment) {
        const std::size_t largest = heap::stats().largest_free_bytes;
        void* const pointer = heap::allocate(bytes, alignment);
        if (alignment == heap::MINIMUM_ALIGNMENT && (pointer != nullptr) != (largest >= bytes && largest != 0))
            return fails("does not hold: a block was granted just if largest_free_bytes said so");
        if (pointer == nullptr)
            return true;
        if (address_of(pointer) % alignment != 0)
            return fails("does not hold: the block is aligned");
        if (!lies_within(memory_, pointer, bytes))
            return fails("does not hold: the block lies in the arena");
        blocks_[count_++] = {static_cast<std::byte*>(pointer), bytes, ++mark_};
        fill(pointer, bytes, mark_);
        bytes_ += bytes;
        return true;
    }

    bool free(std::size_t index) {
        const Live block = blocks_[index];
        if (intact_bytes(block.pointer, block.bytes, block.mark) != block.bytes)
            return fails("does not hold: the block holds what its owner wrote");
        if (give_back(block.pointer) != Freed::taken_back)
            return fails("does not hold: the block was taken back");
        bytes_ -= block.bytes;
        blocks_[index] = blocks_[--count_];
        return true;
    }

    // What the figures can be held to without knowing how the heap works.
    bool agrees() {
        const heap::Stats now = heap::stats();
        if (now.arena_bytes != memory_.size())
            return fails("does not hold: arena_bytes is the arena's");
        if (now.allocated_blocks != count_)
            return fails("does not hold: allocated_blocks is the number of live blocks");
        if (now.allocated_bytes < bytes_)
            return fails("does not hold: allocated_bytes is at least what was asked for");
        if (now.allocated_bytes + now.free_bytes > memory_.size())
            return fails("does not hold: live and free blocks fit in the arena together");
        if (now.largest_free_bytes > now.free_bytes || (now.free_blocks == 0) != (now.largest_free_bytes == 0))
            return fails("does not hold: the largest free block is one of the free blocks");
        if (now.free_bytes > now.free_blocks * now.largest_free_bytes)
            return fails("does not hold: no free block is larger than the largest");
        if (now.free_blocks > count_ + 1)
            return fails("does not hold: free blocks have live ones between them");
        return true;
    }

    // A random operation: the fuller the model, the more likely a free.
    bool step(kernel::Random& random, std::size_t most_bytes, bool aligned) {
        if (random.below(MOST_BLOCKS) < count_)
            return free(random.below(count_));
        const std::size_t alignment = aligned ? heap::MINIMUM_ALIGNMENT << random.below(9) : heap::MINIMUM_ALIGNMENT;
        const std::size_t bytes = random.between(1, random.below(4) == 0 ? 64 : most_bytes);
        return allocate(bytes, alignment);
    }

    bool free_all(kernel::Random& random) {
        while (count_ > 0)
            if (!free(random.below(count_)))
                return false;
        return true;
    }

private:
    struct Live {
        std::byte* pointer;
        std::size_t bytes;
        std::uint64_t mark;
    };

    static bool fails(const char* rule) {
        EXPECT_EQ(rule, nullptr);
        return false;
    }

    std::span<std::byte> memory_;
    Live blocks_[MOST_BLOCKS] = {};
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
    std::uint64_t mark_ = 0;
};
