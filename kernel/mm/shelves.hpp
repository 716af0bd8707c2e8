#pragma once

#include "arch/handler.hpp"

#include <cstddef>
#include <cstdint>

// heap::obtain and heap::recycle (new.hpp), in place: every spawn and every call of a coroutine passes them. The rest
// of this is theirs alone; the audit refuses a layer that uses it by itself.
namespace heap {

namespace shelves {

// Blocks that were recycled, by size; they are live for the heap. With a header of 8 bytes a heap wastes least on sizes
// that are 8 more than a multiple of 16, so these are what a shelf is for: the first one is for 9 to 24 bytes.
inline constexpr std::size_t COUNT = 64;
inline constexpr std::size_t ROOM = 7;
struct Shelf {
    std::size_t count = 0;
    void* blocks[ROOM] = {};
};
extern constinit Shelf all[COUNT];
extern constinit std::size_t room;  // of each: ROOM, or none while an allocation is to fail, so that each is counted
extern constinit std::size_t asked; // allocations_asked

constexpr std::size_t index_of(std::size_t bytes) { // too large a number: of none
    return (bytes - 9) / 16;
}
constexpr std::size_t size_on(std::size_t index) {
    return index * 16 + 24;
}

// In the first two words of what lies on a shelf, where a coroutine frame has its functions: an address where nothing
// is, so that whoever resumes or destroys what is gone faults at once.
inline constexpr std::uint64_t RECYCLED = 0xffff'f4ee'd000'f4ee;

// Whether each block that comes is looked for on its shelf: in a build that checks, as a traced one does.
#ifdef POLLUX_TRACE
inline constexpr bool SEARCHED = true;
#else
inline constexpr bool SEARCHED = false;
#endif

// What the shelf cannot do: it is empty, or full, or the block looks as if it lay on one; and in a handler neither can
// be done, which is a panic.
[[clang::preserve_most]] void* obtain_elsewhere(std::size_t bytes) noexcept;
[[clang::preserve_most]] void recycle_elsewhere(void* block, std::size_t bytes) noexcept;
// If the block lies on that shelf, if there is one: it was recycled twice.
void panic_if_on(std::size_t index, const void* block);

} // namespace shelves

inline void* obtain(std::size_t bytes) noexcept {
    const std::size_t index = shelves::index_of(bytes);
    if (index >= shelves::COUNT || shelves::all[index].count == 0 || arch::runs_handler()) [[unlikely]]
        return shelves::obtain_elsewhere(bytes);
    ++shelves::asked;
    shelves::Shelf& shelf = shelves::all[index];
    void* const block = shelf.blocks[--shelf.count];
    [[assume(block != nullptr)]];
    return block;
}

inline void recycle(void* block, std::size_t bytes) noexcept {
    const std::size_t index = shelves::index_of(bytes);
    std::uint64_t* const words = static_cast<std::uint64_t*>(block);
    if constexpr (shelves::SEARCHED)
        shelves::panic_if_on(index, block);
    if (index >= shelves::COUNT || shelves::all[index].count >= shelves::room || words[0] == shelves::RECYCLED ||
        words[1] == shelves::RECYCLED || arch::runs_handler()) [[unlikely]]
        return shelves::recycle_elsewhere(block, bytes);
    shelves::Shelf& shelf = shelves::all[index];
    shelf.blocks[shelf.count++] = block;
    words[0] = words[1] = shelves::RECYCLED;
}

} // namespace heap
