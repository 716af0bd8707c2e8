#pragma once

// What the heap's tests share: an arena, marks on memory that show who wrote where, and what became of a free.

#include "kernel/mm/heap.hpp"
#include "kernel/test/test.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <iterator>
#include <span>

inline constexpr std::size_t ARENA_BYTES = std::size_t{4} << 20;
alignas(heap::MAXIMUM_ALIGNMENT) inline std::byte arena[ARENA_BYTES];

// A fresh heap over the first `bytes` of the arena.
inline std::span<std::byte> fresh_heap(std::size_t bytes = std::size_t{64} << 10) {
    const std::span<std::byte> part = std::span(arena).first(bytes);
    heap::initialise(part);
    return part;
}

inline std::byte mark_at(std::size_t offset, std::uint64_t mark) {
    return static_cast<std::byte>(mark * 37 + offset * 11 + (offset >> 8));
}

// Writes a pattern that no other mark has over all of a block.
inline void fill(void* block, std::size_t bytes, std::uint64_t mark) {
    for (std::size_t i = 0; i < bytes; ++i)
        static_cast<std::byte*>(block)[i] = mark_at(i, mark);
}

// How many bytes of the block still hold what `fill` wrote: `bytes`, if nobody else wrote there.
inline std::size_t intact_bytes(const void* block, std::size_t bytes, std::uint64_t mark) {
    std::size_t intact = 0;
    for (std::size_t i = 0; i < bytes; ++i)
        intact += static_cast<const std::byte*>(block)[i] == mark_at(i, mark);
    return intact;
}

inline std::uintptr_t address_of(const void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer);
}

inline bool lies_within(std::span<const std::byte> memory, const void* block, std::size_t bytes) {
    const std::uintptr_t offset = address_of(block) - address_of(memory.data());
    return offset <= memory.size() && bytes <= memory.size() - offset;
}

// What the live blocks can hold in all, by the heap's own word.
inline std::size_t held_bytes() {
    return heap::stats().allocated_bytes;
}

// Whether the figures are the same. Each that is not is a failed expectation of its own.
inline bool are_equal(const heap::Stats& now, const heap::Stats& before) {
    EXPECT_EQ(now.arena_bytes, before.arena_bytes);
    EXPECT_EQ(now.allocated_blocks, before.allocated_blocks);
    EXPECT_EQ(now.allocated_bytes, before.allocated_bytes);
    EXPECT_EQ(now.free_blocks, before.free_blocks);
    EXPECT_EQ(now.free_bytes, before.free_bytes);
    EXPECT_EQ(now.largest_free_bytes, before.largest_free_bytes);
    return now.arena_bytes == before.arena_bytes && now.allocated_blocks == before.allocated_blocks &&
           now.allocated_bytes == before.allocated_bytes && now.free_blocks == before.free_blocks &&
           now.free_bytes == before.free_bytes && now.largest_free_bytes == before.largest_free_bytes;
}

// One free block and nothing live: what `fresh_heap` began with. Fails as are_equal does.
inline bool is_whole_again(const heap::Stats& at_first) {
    const heap::Stats now = heap::stats();
    EXPECT_EQ(now.allocated_blocks, 0U);
    EXPECT_EQ(now.free_blocks, 1U);
    EXPECT_EQ(now.free_bytes, at_first.free_bytes);
    EXPECT_EQ(now.largest_free_bytes, at_first.largest_free_bytes);
    return now.allocated_blocks == 0 && now.free_blocks == 1 && now.free_bytes == at_first.free_bytes &&
           now.largest_free_bytes == at_first.largest_free_bytes;
}

// What `deallocate` made of a pointer, with a name for the report.
enum class Freed : std::uint8_t { taken_back, double_free, foreign_pointer, overrun };

inline Freed give_back(void* pointer) {
    const std::expected<void, heap::BadFree> result = heap::deallocate(pointer);
    if (result.has_value())
        return Freed::taken_back;
    return static_cast<Freed>(static_cast<std::uint8_t>(result.error()) + 1);
}

inline const char* name_of(Freed freed) {
    constexpr const char* NAMES[] = {"taken_back", "double_free", "foreign_pointer", "overrun"};
    return NAMES[static_cast<std::uint8_t>(freed) % std::size(NAMES)];
}

#if __STDC_HOSTED__
inline doctest::String toString(Freed freed) {
    return name_of(freed);
}
#else
inline test::Value value_of(Freed freed) {
    return test::value_of(name_of(freed));
}
#endif
