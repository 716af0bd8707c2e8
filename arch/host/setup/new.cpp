#include "kernel/mm/new.hpp"

#include <new>

// The part of kernel/mm/new.hpp that host tests need: allocations that fail when they are told to. What is left over in
// the end, AddressSanitizer tells.
namespace heap {

namespace {

std::size_t asked_count = 0;
std::size_t failing = 0;

} // namespace

// Nothing is kept, so that AddressSanitizer sees each block come and go.
void* obtain(std::size_t bytes) noexcept {
    return ::operator new(bytes, std::nothrow);
}
void recycle(void* block, std::size_t) noexcept {
    ::operator delete(block);
}

std::size_t allocations_asked() {
    return asked_count;
}

void fail_allocation(std::size_t number) {
    failing = number;
}

} // namespace heap

void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    ++heap::asked_count;
    if (heap::failing != 0 && --heap::failing == 0)
        return nullptr;
    return ::operator new(bytes);
}

void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    ++heap::asked_count;
    if (heap::failing != 0 && --heap::failing == 0)
        return nullptr;
    return ::operator new(bytes, alignment);
}
