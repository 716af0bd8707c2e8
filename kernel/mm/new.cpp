#include "kernel/mm/new.hpp"

#include "arch/handler.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/mm/heap.hpp"

#include <new>

namespace heap {

namespace shelves {

constinit Shelf all[COUNT];
constinit std::size_t room = ROOM;
constinit std::size_t asked = 0;

} // namespace shelves

namespace {

constinit std::size_t block_count = 0;
constinit std::size_t failing = 0; // which one from now on is to fail; zero: none

void clear_shelves();

void* take(std::size_t bytes, std::size_t alignment) {
    KASSERT(!arch::runs_handler());
    ++shelves::asked;
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
        shelves::room = shelves::ROOM;
        ++shelves::asked;
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
    for (shelves::Shelf& shelf : shelves::all)
        while (shelf.count > 0)
            give_back(shelf.blocks[--shelf.count]);
}

constexpr std::size_t number(std::align_val_t alignment) {
    return static_cast<std::size_t>(alignment);
}

} // namespace

void* shelves::obtain_elsewhere(std::size_t bytes) noexcept {
    const std::size_t index = index_of(bytes);
    return take_or_null(index < COUNT ? size_on(index) : bytes, MINIMUM_ALIGNMENT);
}

// A block that looks as if it lay on its shelf may: whoever obtained it need not have written to it.
void shelves::recycle_elsewhere(void* block, std::size_t bytes) noexcept {
    panic_if_on(index_of(bytes), block);
    give_back(block);
}

void shelves::panic_if_on(std::size_t index, const void* block) {
    if (index >= COUNT)
        return;
    for (std::size_t i = 0; i < all[index].count; ++i)
        if (all[index].blocks[i] == block)
            kernel::panic("cannot free {}: {}", block, name_of(BadFree::double_free));
}

std::size_t live_blocks() {
    clear_shelves();
    return block_count;
}

std::size_t allocations_asked() {
    return shelves::asked;
}

void fail_allocation(std::size_t number) {
    clear_shelves();
    shelves::room = number == 0 ? shelves::ROOM : 0;
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
