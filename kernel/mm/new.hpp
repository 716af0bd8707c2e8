#pragma once

#include <cstddef>

// operator new and delete over the heap. Given, so that the kernel counts what is alive without asking the layer.
namespace heap {

// For what comes and goes all the time, coroutine frames and events: as operator new(std::nothrow), but for blocks that
// were recycled and lie on a shelf for the next one of their size. A few lie there, of up to a KiB; the heap gets
// them when it runs short, and when live blocks are counted. Never from a handler.
void* obtain(std::size_t bytes) noexcept;
// Takes back what was obtained with that size. Its first words are written over, so that nothing goes on there unseen.
void recycle(void* block, std::size_t bytes) noexcept;

// Blocks that were given out and not taken back. Gives the heap what lies on shelves.
std::size_t live_blocks();

// For tests. How often operator new and obtain were called so far, whatever they gave.
std::size_t allocations_asked();
// Has the number-th operator new(std::nothrow) or obtain from now on give null, once. Zero: none, as at first.
void fail_allocation(std::size_t number);

} // namespace heap

#if !__STDC_HOSTED__
#include "kernel/mm/shelves.hpp"
#endif
