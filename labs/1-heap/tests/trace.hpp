#pragma once

// Recorded traces: sequences of allocations and frees, made by a generator with a fixed seed, so that every heap in
// every class is given the very same ones. They are for a heap's cost and its thrift; a run also checks every block.

#include "kernel/lib/random.hpp"
#include "kernel/mm/heap.hpp"
#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/support.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace trace {

inline constexpr std::size_t MOST_OPERATIONS = 4096;
inline constexpr std::size_t SLOTS = 1024;

// `bytes` into an empty slot; or, with zero bytes, what the slot holds is freed.
struct Operation {
    std::uint16_t slot;
    std::uint16_t bytes;
};

class Trace {
public:
    std::span<const Operation> operations() const { return {operations_, count_}; }
    std::size_t peak_bytes() const { return peak_; }
    std::size_t live_bytes() const { return live_; }
    std::size_t bytes_in(std::size_t slot) const { return held_[slot]; }

    void allocate(std::size_t slot, std::size_t bytes) {
        live_ += bytes;
        peak_ = std::max(peak_, live_);
        held_[slot] = static_cast<std::uint16_t>(bytes);
        append(slot, bytes);
    }

    void free(std::size_t slot) {
        live_ -= held_[slot];
        held_[slot] = 0;
        append(slot, 0);
    }

    void free_all(kernel::Random& random) {
        const std::size_t from = random.below(SLOTS);
        for (std::size_t i = 0; i < SLOTS; ++i)
            if (held_[(from + i * 5) % SLOTS] !=
                0) // 5 and SLOTS have no common factor: every slot once, in no order of age
                free((from + i * 5) % SLOTS);
    }

private:
    void append(std::size_t slot, std::size_t bytes) {
        operations_[count_++] = {static_cast<std::uint16_t>(slot), static_cast<std::uint16_t>(bytes)};
    }

    Operation operations_[MOST_OPERATIONS];
    std::uint16_t held_[SLOTS] = {};
    std::size_t count_ = 0;
    std::size_t live_ = 0;
    std::size_t peak_ = 0;
};

// Grows to `blocks` live blocks of random sizes, shrinks to half of that, and grows again, in steps that mostly go
// there.
inline void record_random(Trace& trace, std::uint64_t seed, std::size_t blocks, std::size_t least, std::size_t most) {
    kernel::Random random(seed);
    std::uint16_t slots[SLOTS]; // the live ones first
    for (std::size_t slot = 0; slot < SLOTS; ++slot)
        slots[slot] = static_cast<std::uint16_t>(slot);
    std::size_t live = 0;
    for (const std::size_t goal : {blocks, blocks / 2, blocks})
        while (live != goal) {
            if (live == 0 || (random.below(100) < 70) == (live < goal)) {
                trace.allocate(slots[live++], random.between(least, most));
            } else {
                const std::size_t chosen = random.below(live--);
                trace.free(slots[chosen]);
                std::swap(slots[chosen], slots[live]);
            }
        }
    trace.free_all(random);
}

inline void record_mixed(Trace& trace) {
    record_random(trace, 0x6d69786564, 640, 16, 4096);
}
inline void record_medium(Trace& trace) {
    record_random(trace, 0x6d656469756d, 640, 96, 512);
}

// Coroutine frames: many events, each a chain of calls that grows and shrinks in bursts at its innermost end.
inline void record_frames(Trace& trace) {
    constexpr std::size_t EVENTS = 64;
    constexpr std::size_t DEEPEST = SLOTS / EVENTS;
    kernel::Random random(0x6672616d6573);
    std::size_t depth[EVENTS] = {};
    for (std::size_t i = 0; i < 1000; ++i) {
        const std::size_t event = random.below(EVENTS);
        const bool grows = random.below(100) < 55;
        for (std::size_t burst = random.between(1, 6); burst > 0; --burst) {
            if (grows && depth[event] < DEEPEST)
                trace.allocate(event * DEEPEST + depth[event]++, random.between(8, 32) * 8);
            else if (!grows && depth[event] > 0)
                trace.free(event * DEEPEST + --depth[event]);
        }
    }
    trace.free_all(random);
}

// The classic: large blocks with small ones between them, the large ones freed, and slightly larger ones wanted. Only a
// heap that keeps small blocks out of the way, or has other room, does well.
inline void record_alternating(Trace& trace) {
    kernel::Random random(0x616c7465726e);
    for (std::size_t round = 0; round < 7; ++round) {
        for (std::size_t slot = 0; slot < 300; ++slot)
            if (trace.bytes_in(slot) == 0)
                trace.allocate(slot, slot % 2 == 0 ? 1024 + 128 * round : random.between(16, 64));
        for (std::size_t slot = 0; slot < 300; slot += 2)
            trace.free(slot);
        for (std::size_t slot = 1; slot < 300; slot += 2)
            if (random.below(4) == 0)
                trace.free(slot);
    }
    trace.free_all(random);
}

struct Result {
    bool good;                  // every block was granted, lay in the arena, apart from the others, and was taken back
    std::uint64_t instructions; // of the heap, and of the few instructions around each call
};

inline void* pointers[MOST_OPERATIONS];
inline std::uint8_t granules[ARENA_BYTES / heap::MINIMUM_ALIGNMENT];

// Whether the pointers that a run got are what a heap may give: seen afterwards, so that the count is of the heap
// alone.
inline bool is_sound(const Trace& trace, std::span<std::byte> arena) {
    static std::size_t slots[SLOTS];
    std::fill(std::begin(granules), std::end(granules), 0);
    const std::span<const Operation> operations = trace.operations();
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const bool allocates = operations[i].bytes != 0;
        const std::size_t born = allocates ? (slots[operations[i].slot] = i) : slots[operations[i].slot];
        const auto offset =
            reinterpret_cast<std::uintptr_t>(pointers[born]) - reinterpret_cast<std::uintptr_t>(arena.data());
        const std::size_t bytes = operations[born].bytes;
        if (offset % heap::MINIMUM_ALIGNMENT != 0 || offset > arena.size() || bytes > arena.size() - offset)
            return false;
        for (std::size_t at = offset / heap::MINIMUM_ALIGNMENT; at * heap::MINIMUM_ALIGNMENT < offset + bytes; ++at) {
            if ((granules[at] != 0) == allocates)
                return false;
            granules[at] = allocates;
        }
    }
    return true;
}

// Plays a trace on a new heap over `arena`, whose beginning is aligned.
inline Result play(const Trace& trace, std::span<std::byte> arena) {
    static void* slots[SLOTS];
    heap::initialise(arena);
    bool good = true;
    void** pointer = pointers;
    const std::uint64_t before = test::instructions();
    for (const Operation operation : trace.operations()) {
        if (operation.bytes != 0) {
            *pointer = slots[operation.slot] = heap::allocate(operation.bytes);
            if (*pointer == nullptr)
                return {.good = false, .instructions = 0};
        } else {
            good &= heap::deallocate(slots[operation.slot]).has_value();
        }
        ++pointer;
    }
    const std::uint64_t after = test::instructions();
    return {.good = good && is_sound(trace, arena), .instructions = after - before};
}

// The smallest arena in which the trace plays, to 1/512 of its peak; 0 if twice the peak is not enough.
inline std::size_t smallest_arena(const Trace& trace) {
    const std::size_t step = (trace.peak_bytes() / 512 + heap::MINIMUM_ALIGNMENT) & ~(heap::MINIMUM_ALIGNMENT - 1);
    std::size_t too_small = trace.peak_bytes() / step;
    std::size_t enough = 2 * too_small;
    if (!play(trace, std::span(arena).first(enough * step)).good)
        return 0;
    while (too_small + 1 < enough) {
        const std::size_t middle = (too_small + enough) / 2;
        test::begin_part(); // what a heap costs is another test's
        (play(trace, std::span(arena).first(middle * step)).good ? enough : too_small) = middle;
    }
    return enough * step;
}

} // namespace trace
