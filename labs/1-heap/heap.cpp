// Lab 1: the kernel heap. The contract is kernel/mm/heap.hpp; add whatever types, functions and state you need.

#include "kernel/mm/heap.hpp"

#include "kernel/lib/not_written.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace heap {

// LAB 1 ONLY BEGIN
// Two-level segregated fit (Masmano, Ripoll, Crespo and Real, 2004): a list of free blocks for each size class, and a
// bit for each list that is not empty, so that the search for a block is a few shifts and two bit scans.
namespace {

// What lies before each payload. The arena is a chain of blocks without gaps, and an end header of size zero.
//
//   block   -> | unused        |
//              | previous_size | both belong to the block before: its user's last eight bytes, or its size while it is
//              free | content       | size, a multiple of 16, and flags in its low four bits | seal          |
//   payload -> | next          | the free list, while this block is free
//              | link          |
//              | …             |
//   block   -> | unused        | the last eight bytes of the payload above
//              | previous_size |
struct Block {
    std::uint32_t unused;
    std::uint32_t previous_size;
    std::uint32_t content;
    std::uint32_t seal;
    Block* next;
    Block** link; // what points here: the head of the list, or `next` of the block before in the list
};

constexpr std::uint32_t FREE = 1;          // this block is on a free list
constexpr std::uint32_t PREVIOUS_FREE = 2; // the block before is free, so previous_size is ours to read
constexpr std::uint32_t RETURNED = 4;      // a block that began here was freed, and none was given out here since
constexpr std::uint32_t MERGED = 8;        // no block begins here any more: what did is a part of the one before
constexpr std::uint32_t FLAGS = MINIMUM_ALIGNMENT - 1;

constexpr std::uint32_t PAYLOAD_OFFSET = offsetof(Block, next);
constexpr std::uint32_t HEADER_BYTES = PAYLOAD_OFFSET - offsetof(Block, content);
constexpr std::uint32_t SMALLEST_BLOCK = sizeof(Block);
// So large that the sums of `allocate`, with an alignment on either side, fit 32 bits.
constexpr std::uint32_t LARGEST_BLOCK = ~FLAGS - 2 * MAXIMUM_ALIGNMENT;

// 64 classes to each power of two; below 2 KiB that is one class for each size there is.
constexpr unsigned CLASS_SHIFT = 6;
constexpr unsigned CLASSES = 1U << CLASS_SHIFT;
constexpr unsigned GRANULE_SHIFT = std::countr_zero(MINIMUM_ALIGNMENT);

constexpr unsigned class_of(std::uint32_t size) {
    constexpr std::uint32_t EXACT = 1U << (CLASS_SHIFT + GRANULE_SHIFT);
    const unsigned shift = (static_cast<unsigned>(std::countl_zero(size | EXACT)) ^ 31U) - CLASS_SHIFT;
    return ((shift - GRANULE_SHIFT) << CLASS_SHIFT) + (size >> shift);
}

constexpr unsigned LEVELS = (class_of(LARGEST_BLOCK) >> CLASS_SHIFT) + 1;
constexpr unsigned NO_CLASS = LEVELS * CLASSES;
constexpr unsigned ROOMY = 10; // so many classes up, what a block leaves when it is cut will be of use to somebody

constinit Block* heads[LEVELS * CLASSES];       // of the free lists, one for each class
constinit std::uint64_t class_bits[LEVELS + 1]; // whose list is not empty; one word more, always zero, ends a search
constinit std::uint64_t level_bits;             // which words of class_bits are not zero

constinit Block* first;
constinit std::uint32_t extent; // of all blocks together, from `first` to the end header
constinit std::uint32_t generation;
constinit std::size_t arena_bytes;
constinit std::size_t allocated_blocks;
constinit std::size_t allocated_extent;

std::uintptr_t address_of(const void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer);
}
Block* block_at(std::uintptr_t address) {
    return reinterpret_cast<Block*>(address);
}
Block* block_after(const Block* block, std::uint32_t size) {
    return block_at(address_of(block) + size);
}
std::uint32_t size_of(const Block* block) {
    return block->content & ~FLAGS;
}

// What belongs beside `content` here and in this life of the heap, so that a header that was overwritten, or that is
// not one, is known. The factor is odd: a change of the content alone always changes the seal.
std::uint32_t seal_of(const Block* block, std::uint32_t content) {
    return (static_cast<std::uint32_t>(address_of(block)) ^ content ^ generation) * 0x9e3779b1U;
}

bool is_intact(const Block* block) {
    return block->seal == seal_of(block, block->content);
}

void write_header(Block* block, std::uint32_t content) {
    block->content = content;
    block->seal = seal_of(block, content);
}

[[gnu::always_inline]] inline void remove(Block* block) {
    Block* const next = block->next;
    Block** const link = block->link;
    *link = next;
    if (next != nullptr) {
        next->link = link;
        return;
    }
    const std::uintptr_t offset = address_of(link) - address_of(heads);
    if (offset >= sizeof(heads))
        return;
    const std::uintptr_t index = offset / sizeof(Block*);
    std::uint64_t& bits = class_bits[index / CLASSES];
    bits &= ~(std::uint64_t{1} << (index % CLASSES));
    if (bits == 0)
        level_bits &= ~(std::uint64_t{1} << (index / CLASSES));
}

// Writes all that a free block needs, except PREVIOUS_FREE in the header after it.
[[gnu::always_inline]] inline void insert(Block* block, std::uint32_t size, std::uint32_t returned) {
    write_header(block, size | FREE | returned);
    block_after(block, size)->previous_size = size;

    const unsigned index = class_of(size);
    Block* const next = heads[index];
    block->next = next;
    block->link = &heads[index];
    heads[index] = block;
    if (next != nullptr) {
        next->link = &block->next;
        return;
    }
    class_bits[index / CLASSES] |= std::uint64_t{1} << (index % CLASSES);
    level_bits |= std::uint64_t{1} << (index / CLASSES);
}

// The first class from `index` up with a free block, or NO_CLASS.
unsigned next_class(unsigned index) {
    unsigned level = index / CLASSES;
    std::uint64_t bits = class_bits[level] & (~std::uint64_t{0} << (index % CLASSES));
    if (bits == 0) {
        const std::uint64_t levels = level_bits & (~std::uint64_t{1} << level);
        if (levels == 0)
            return NO_CLASS;
        level = static_cast<unsigned>(std::countr_zero(levels));
        bits = class_bits[level];
    }
    [[assume(bits != 0)]];
    return level * CLASSES + static_cast<unsigned>(std::countr_zero(bits));
}

// Only a heap that would else say "full" looks through the list of the request's own class, where a block may be large
// enough too.
[[gnu::noinline]] Block* find_last_resort(std::uint32_t size) {
    const unsigned own = class_of(size);
    if (const unsigned index = next_class(own + 1); index != NO_CLASS)
        return heads[index];
    for (Block* block = heads[own]; block != nullptr; block = block->next)
        if (size_of(block) >= size)
            return block;
    return nullptr;
}

// One that fits as it is, else a roomy one, else the best fit. Constant time while a larger class has a block.
Block* find(std::uint32_t size) {
    const unsigned own = class_of(size);
    unsigned index = next_class(own);
    if (index == NO_CLASS)
        return nullptr;
    if (index > own + 1)
        if (const unsigned roomy = next_class(own + ROOMY); roomy != NO_CLASS)
            index = roomy;
    Block* const block = heads[index];
    return size_of(block) >= size ? block : find_last_resort(size);
}

// Where in a free block an aligned one begins: what is left in front is nothing or a block.
Block* aligned_within(Block* block, std::uintptr_t alignment) {
    const std::uintptr_t payload = address_of(block) + PAYLOAD_OFFSET;
    std::uintptr_t aligned = (payload + alignment - 1) & ~(alignment - 1);
    if (aligned != payload && aligned - payload < SMALLEST_BLOCK)
        aligned = (payload + SMALLEST_BLOCK + alignment - 1) & ~(alignment - 1);
    return block_at(aligned - PAYLOAD_OFFSET);
}

// A free block that is larger by the alignment will do however it lies; one that is not may do as it lies.
Block* find_aligned(std::uint32_t size, std::uint32_t alignment) {
    if (Block* const block = find(size + alignment + MINIMUM_ALIGNMENT); block != nullptr)
        return block;
    for (unsigned index = next_class(class_of(size)); index != NO_CLASS; index = next_class(index + 1))
        for (Block* block = heads[index]; block != nullptr; block = block->next)
            if (address_of(aligned_within(block, alignment)) + size <= address_of(block_after(block, size_of(block))))
                return block;
    return nullptr;
}

// Gives out `size` bytes at `block`, of `available` that are on no list, and makes the rest a free block if it can be
// one.
[[gnu::always_inline]] inline void* give(Block* block, std::uint32_t available, std::uint32_t size,
                                         std::uint32_t flags) {
    Block* const rest = block_after(block, size);
    if (available - size >= SMALLEST_BLOCK) {
        insert(rest, available - size, is_intact(rest) ? rest->content & RETURNED : 0);
    } else {
        size = available;
        Block* const after = block_after(block, size);
        write_header(after, size_of(after));
    }
    write_header(block, size | flags);
    allocated_blocks += 1;
    allocated_extent += size;
    return &block->next;
}

[[gnu::noinline]] void* allocate_aligned(std::uint32_t size, std::uint32_t alignment) {
    Block* const found = find_aligned(size, alignment);
    if (found == nullptr)
        return nullptr;
    remove(found);
    Block* const block = aligned_within(found, alignment);
    const std::uint32_t available = size_of(found);
    const auto front = static_cast<std::uint32_t>(address_of(block) - address_of(found));
    if (front == 0)
        return give(block, available, size, 0);
    insert(found, front, found->content & RETURNED);
    return give(block, available - front, size, PREVIOUS_FREE);
}

// A header that is not intact was overwritten if a block begins there, which the headers before it tell.
[[gnu::noinline]] BadFree what_is_wrong(const Block* block) {
    const Block* at = first;
    while (address_of(at) < address_of(block) && is_intact(at))
        at = block_after(at, size_of(at));
    return address_of(at) > address_of(block) ? BadFree::foreign_pointer : BadFree::overrun;
}

// Whether previous_size, which lies in memory that a user may have kept writing to, leads to the free block it should:
// not to the header of one that was merged, which is still intact. A merge backward has marked that MERGED, one forward
// has taken its link.
[[gnu::always_inline]] inline bool previous_is_intact(const Block* block) {
    const std::uint32_t size = block->previous_size;
    if (size > address_of(block) - address_of(first))
        return false;
    const Block* const previous = block_at(address_of(block) - (size & ~FLAGS));
    return (previous->content & ~RETURNED) == size + FREE && is_intact(previous) && previous->link != nullptr;
}

} // namespace
// LAB 1 ONLY END

// The whole arena becomes one free block, or none if it is too small for one. Neither end of `arena` need be aligned,
// yet every payload is, and no byte outside `arena` is ever read or written. A pointer of an earlier arena, or of an
// earlier life of this one, is foreign from now on.
void initialise(std::span<std::byte> arena) {
    // LAB 1 BEGIN
    std::ranges::fill(heads, nullptr);
    std::ranges::fill(class_bits, 0);
    level_bits = 0;
    first = nullptr;
    extent = 0;
    generation += 1;
    arena_bytes = arena.size();
    allocated_blocks = 0;
    allocated_extent = 0;

    // Before the first payload and after the last only a header need lie in the arena, not a whole Block.
    constexpr std::uintptr_t MASK = MINIMUM_ALIGNMENT - 1;
    const std::uintptr_t lowest = (address_of(arena.data()) + HEADER_BYTES + MASK) & ~MASK;
    const std::uintptr_t highest = (address_of(arena.data()) + arena.size()) & ~MASK;
    if (highest < lowest + SMALLEST_BLOCK)
        return;
    first = block_at(lowest - PAYLOAD_OFFSET);
    extent = static_cast<std::uint32_t>(std::min<std::uintptr_t>(highest - lowest, LARGEST_BLOCK));
    write_header(block_after(first, extent), PREVIOUS_FREE);
    insert(first, extent, 0);
    // LAB 1 END
}

// The block must be free memory to its last byte: what a size is rounded up to, and what bookkeeping costs, is added
// before it is compared with anything, and neither sum may overflow. What is left of a larger free block stays free,
// unless it is too small to be a block: then it belongs to this one, and is counted so. An aligned block may leave such
// a piece on either side. When there is no memory, nothing has changed.
void* allocate(std::size_t bytes, std::size_t alignment) {
    // LAB 1 BEGIN
    if (bytes > LARGEST_BLOCK - HEADER_BYTES)
        return nullptr;
    const auto size = std::max(static_cast<std::uint32_t>(bytes + HEADER_BYTES + FLAGS) & ~FLAGS, SMALLEST_BLOCK);
    if (alignment != MINIMUM_ALIGNMENT) {
        if (alignment > MAXIMUM_ALIGNMENT || !std::has_single_bit(alignment))
            return nullptr;
        return allocate_aligned(size, static_cast<std::uint32_t>(std::max(alignment, MINIMUM_ALIGNMENT)));
    }
    Block* const block = find(size);
    if (block == nullptr)
        return nullptr;
    remove(block);
    return give(block, size_of(block), size, 0);
    // LAB 1 END
}

// Merges with the free neighbour on either side at once, so that no two free blocks ever touch. The pointer is not to
// be trusted: it may be anything at all, and what lies around it may have been overwritten. Nothing outside the arena
// is read to find out, and nothing is changed before all is known to be well. A block that was freed is still known as
// freed after it was merged into its neighbour, for as long as nobody was given its memory.
std::expected<void, BadFree> deallocate(void* pointer) {
    // LAB 1 BEGIN
    if (pointer == nullptr)
        return {};
    Block* block = block_at(address_of(pointer) - PAYLOAD_OFFSET);
    if (address_of(block) - address_of(first) >= extent || address_of(block) % MINIMUM_ALIGNMENT != 0)
        return std::unexpected(BadFree::foreign_pointer);
    if (!is_intact(block))
        return std::unexpected(what_is_wrong(block));
    if ((block->content & FREE) != 0)
        return std::unexpected((block->content & RETURNED) != 0 ? BadFree::double_free : BadFree::foreign_pointer);
    std::uint32_t size = size_of(block);
    Block* const after = block_after(block, size);
    const bool previous_free = (block->content & PREVIOUS_FREE) != 0;
    if (!is_intact(after) || (previous_free && !previous_is_intact(block)))
        return std::unexpected(BadFree::overrun);

    allocated_blocks -= 1;
    allocated_extent -= size;
    std::uint32_t returned = RETURNED;
    if (previous_free) {
        // The header stays behind in the middle of the merged block, for the sake of a second free.
        write_header(block, size | FREE | RETURNED | MERGED);
        size += block->previous_size;
        block = block_at(address_of(block) - block->previous_size);
        returned = block->content & RETURNED;
        remove(block);
    }
    if ((after->content & FREE) != 0) {
        size += size_of(after);
        remove(after);
        after->link = nullptr;
    } else {
        write_header(after, size_of(after) | PREVIOUS_FREE);
    }
    insert(block, size, returned);
    return {};
    // LAB 1 END
}

// Every figure is of this moment and exact. The pieces too small to be blocks are in the blocks they were left with,
// never lost between the two sums.
Stats stats() {
    // LAB 1 BEGIN
    Stats now{.arena_bytes = arena_bytes,
              .allocated_blocks = allocated_blocks,
              .allocated_bytes = allocated_extent - allocated_blocks * HEADER_BYTES,
              .free_blocks = 0,
              .free_bytes = 0,
              .largest_free_bytes = 0};
    for (unsigned index = next_class(0); index != NO_CLASS; index = next_class(index + 1))
        for (const Block* block = heads[index]; block != nullptr; block = block->next) {
            const std::size_t bytes = size_of(block) - HEADER_BYTES;
            now.free_blocks += 1;
            now.free_bytes += bytes;
            now.largest_free_bytes = std::max(now.largest_free_bytes, bytes);
        }
    return now;
    // LAB 1 END
}

} // namespace heap
