#include "kernel/mm/new.hpp"

#include "arch/interrupts.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/mm/heap.hpp"

#include <new>

namespace heap {

namespace {

constinit std::size_t block_count = 0;
constinit std::size_t asked_count = 0;
constinit std::size_t failing = 0; // which one from now on is to fail; zero: none

void* take(std::size_t bytes, std::size_t alignment) {
    KASSERT(!arch::in_interrupt_handler());
    ++asked_count;
    void* block = allocate(bytes, alignment);
    block_count += block != nullptr ? 1 : 0;
    return block;
}

void* take_or_null(std::size_t bytes, std::size_t alignment) {
    if (failing != 0 && --failing == 0) {
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
    KASSERT(!arch::in_interrupt_handler());
    const auto result = deallocate(block);
    if (!result)
        kernel::panic("cannot free {}: {}", block, name_of(result.error()));
    --block_count;
}

constexpr std::size_t number(std::align_val_t alignment) {
    return static_cast<std::size_t>(alignment);
}

} // namespace

std::size_t live_blocks() {
    return block_count;
}

std::size_t allocations_asked() {
    return asked_count;
}

void fail_allocation(std::size_t number) {
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
