#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

// The kernel heap: every object of unknown life lies here, coroutine frames above all.
// Implemented by the student: labs/1-heap/heap.cpp.
//
// One heap, one arena. Not safe against interrupts by itself: call it with interrupts on or off, but never from an
// interrupt handler (nothing in the kernel allocates there; kernel/mm/new.cpp asserts it).
namespace heap {

// The alignment of every block that was asked for with no greater one: what the System V ABI gives any object.
inline constexpr std::size_t MINIMUM_ALIGNMENT = 16;
// The greatest alignment that `allocate` grants.
inline constexpr std::size_t MAXIMUM_ALIGNMENT = 4096;

// Why a block was not taken back. The heap is as it was before the call.
enum class BadFree : std::uint8_t {
    double_free,     // the pointer was a block, and was freed before
    foreign_pointer, // the pointer never came from `allocate`, or points into the middle of a block
    overrun,         // the heap's bookkeeping at either end of the block was overwritten: a user wrote outside a block
};

// True at every step, after any sequence of operations that kept the contract.
struct Stats {
    std::size_t arena_bytes;        // of the arena given to `initialise`
    std::size_t allocated_blocks;   // live blocks
    std::size_t allocated_bytes;    // what the live blocks can hold, at least what was asked for
    std::size_t free_blocks;        // separate runs of free memory
    std::size_t free_bytes;         // what the free blocks could hold
    std::size_t largest_free_bytes; // `allocate` of this many bytes at MINIMUM_ALIGNMENT succeeds now; 0 when full
};

// Makes `arena` the heap, empty, one free block. Forgets what was there before; nothing of the old arena is touched.
// `arena` may start and end at any address and may be too small to hold a block: then every `allocate` gives null.
// What lies beyond the first 4 GiB less 16 KiB of a larger one may stay unused.
// Every byte that the heap keeps for itself lies inside the arena or in a fixed amount of static memory.
void initialise(std::span<std::byte> arena);

// A block of at least `bytes` bytes whose address is a multiple of `alignment` (a power of two up to MAXIMUM_ALIGNMENT;
// a smaller one is raised to MINIMUM_ALIGNMENT), usable to its last byte, not cleared, owned by the caller until
// `deallocate`. Zero bytes give a distinct block as well. Null, and nothing changed, when no free memory is large
// enough, however absurd `bytes` is, and when `alignment` is not a power of two or too large.
[[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment = MINIMUM_ALIGNMENT);

// Takes a block back and merges it with free neighbours on both sides, so that when all is freed, in any order, the
// arena is one free block again. Null is allowed and does nothing. A bad free is named and changes nothing.
std::expected<void, BadFree> deallocate(void* pointer);

// A moment's figures. Costs at most time linear in the number of blocks.
[[nodiscard]] Stats stats();

} // namespace heap
