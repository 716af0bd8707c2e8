#include "kernel/mm/new.hpp"

#include "arch/handler.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/mm/heap.hpp"

#include <new>

namespace heap {

namespace {

constinit std::size_t block_count = 0;
constinit std::size_t asked_count = 0;
constinit std::size_t failing = 0; // which one from now on is to fail; zero: none

// Blocks that were recycled, by size; they are live for the heap. With a header of 8 bytes a heap wastes least on sizes
// that are 8 more than a multiple of 16, so these are what a shelf is for: the first one is for 9 to 24 bytes.
constexpr std::size_t SHELVES = 64;
constexpr std::size_t SHELF_ROOM = 7;
struct Shelf {
    std::size_t count = 0;
    void* blocks[SHELF_ROOM] = {};
};
constinit Shelf shelves[SHELVES];
constinit std::size_t shelf_room = SHELF_ROOM; // none while an allocation is to fail, so that each is counted

constexpr std::size_t shelf_of(std::size_t bytes) { // too large a number: of none
    return (bytes - 9) / 16;
}
constexpr std::size_t size_on(std::size_t shelf) {
    return shelf * 16 + 24;
}

// In the first two words of what lies on a shelf, where a coroutine frame has its functions: an address where nothing
// is, so that whoever resumes or destroys what is gone faults at once.
constexpr std::uint64_t RECYCLED = 0xffff'f4ee'd000'f4ee;

void clear_shelves();

void* take(std::size_t bytes, std::size_t alignment) {
    KASSERT(!arch::runs_handler());
    ++asked_count;
    void* block = allocate(bytes, alignment);
    if (block == nullptr) {
        clear_shelves();
        block = allocate(bytes, alignment);
    }
    block_count += block != nullptr ? 1 : 0;
    return block;
}

void* take_or_null(std::size_t bytes, std::size_t alignment) {
    if (failing != 0 && --failing == 0) {
        shelf_room = SHELF_ROOM;
        ++asked_count;
        return nullptr;
    }
    return take(bytes, alignment);
}

void* take_or_panic(std::size_t bytes, std::size_t alignment) {
    void* block = take(bytes, alignment);
    if (block == nullptr)
        kernel::panic("out of memory: {} bytes for an operator new that cannot fail", bytes);
    return block;
}

const char* name_of(BadFree reason) {
    switch (reason) {
    case BadFree::double_free:
        return "it was freed before (double free)";
    case BadFree::foreign_pointer:
        return "the heap never gave it out (foreign pointer)";
    case BadFree::overrun:
        return "something wrote past the end of a block (overrun)";
    }
}

void give_back(void* block) {
    if (block == nullptr)
        return;
    KASSERT(!arch::runs_handler());
    const auto result = deallocate(block);
    if (!result)
        kernel::panic("cannot free {}: {}", block, name_of(result.error()));
    --block_count;
}

void clear_shelves() {
    for (Shelf& shelf : shelves)
        while (shelf.count > 0)
            give_back(shelf.blocks[--shelf.count]);
}

// A block that looks as if it lay on the shelf, and may: whoever obtained it need not have written to it.
[[gnu::noinline]] void give_back_if_live(void* block, const Shelf& shelf) {
    for (std::size_t i = 0; i < shelf.count; ++i)
        if (shelf.blocks[i] == block)
            kernel::panic("cannot free {}: {}", block, name_of(BadFree::double_free));
    give_back(block);
}

constexpr std::size_t number(std::align_val_t alignment) {
    return static_cast<std::size_t>(alignment);
}

} // namespace

void* obtain(std::size_t bytes) noexcept {
    const std::size_t index = shelf_of(bytes);
    if (index >= SHELVES) [[unlikely]]
        return take_or_null(bytes, MINIMUM_ALIGNMENT);
    Shelf& shelf = shelves[index];
    if (shelf.count == 0) [[unlikely]]
        return take_or_null(size_on(index), MINIMUM_ALIGNMENT);
    KASSERT(!arch::runs_handler());
    ++asked_count;
    return shelf.blocks[--shelf.count];
}

void recycle(void* block, std::size_t bytes) noexcept {
    const std::size_t index = shelf_of(bytes);
    if (index >= SHELVES || shelves[index].count >= shelf_room) [[unlikely]]
        return give_back(block);
    Shelf& shelf = shelves[index];
    std::uint64_t* const words = static_cast<std::uint64_t*>(block);
    if (words[1] == RECYCLED) [[unlikely]]
        return give_back_if_live(block, shelf);
    KASSERT(!arch::runs_handler());
    words[0] = words[1] = RECYCLED;
    shelf.blocks[shelf.count++] = block;
}

std::size_t live_blocks() {
    clear_shelves();
    return block_count;
}

std::size_t allocations_asked() {
    return asked_count;
}

void fail_allocation(std::size_t number) {
    clear_shelves();
    shelf_room = number == 0 ? SHELF_ROOM : 0;
    failing = number;
}

} // namespace heap

// The forms of the C++ standard, [new.delete]. Those with std::nothrow give null when memory runs out; the others,
// which may not, panic.
const std::nothrow_t std::nothrow{};
void* operator new(std::size_t bytes) {
    return heap::take_or_panic(bytes, heap::MINIMUM_ALIGNMENT);
}
void* operator new[](std::size_t bytes) {
    return heap::take_or_panic(bytes, heap::MINIMUM_ALIGNMENT);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return heap::take_or_panic(bytes, heap::number(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    return heap::take_or_null(bytes, heap::MINIMUM_ALIGNMENT);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
    return heap::take_or_null(bytes, heap::MINIMUM_ALIGNMENT);
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    return heap::take_or_null(bytes, heap::number(alignment));
}
void operator delete(void* block) noexcept {
    heap::give_back(block);
}
void operator delete[](void* block) noexcept {
    heap::give_back(block);
}
void operator delete(void* block, std::size_t) noexcept {
    heap::give_back(block);
}
void operator delete[](void* block, std::size_t) noexcept {
    heap::give_back(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
    heap::give_back(block);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
    heap::give_back(block);
}
