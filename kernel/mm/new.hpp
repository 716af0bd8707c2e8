#pragma once

#include <cstddef>

// operator new and delete over the heap. Given, so that the kernel counts what is alive without asking the layer.
namespace heap {

// Blocks that operator new gave out and operator delete has not taken back.
std::size_t live_blocks();

// For tests. What may fail are allocations by operator new(std::nothrow), as those of events and frames are.
// How many of them were asked for so far.
std::size_t allocations_asked();
// Has the number-th of them from now on give null, once. Zero: none, as at first.
void fail_allocation(std::size_t number);

} // namespace heap
