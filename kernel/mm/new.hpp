#pragma once

#include <cstddef>

// operator new and delete over the heap. Given, so that the kernel counts what is alive without asking the layer.
namespace heap {

// Blocks that operator new gave out and operator delete has not taken back.
std::size_t live_blocks();

} // namespace heap
