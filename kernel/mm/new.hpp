#pragma once

#include <cstddef>

// operator new and delete over the heap. Given, so that the kernel counts what is alive without asking the layer.
namespace heap {

// Blocks that operator new gave out and operator delete has not taken back.
std::size_t live_blocks();

// For tests. How often operator new was called so far, whatever it gave.
std::size_t allocations_asked();
// Has the number-th operator new(std::nothrow) from now on, the form that events and frames come from, give null, once.
// Zero: none, as at first.
void fail_allocation(std::size_t number);

} // namespace heap
