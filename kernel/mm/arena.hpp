#pragma once

#include <cstddef>
#include <span>

namespace heap {

// Maps memory for the heap at arch::HEAP_BASE, with an unmapped page on either side: `mebibytes` of it, or with 0 a
// quarter of what is free. Once, after page_table::initialise. Panics when there is not that much.
std::span<std::byte> map_arena(std::size_t mebibytes);

// What map_arena gave.
std::span<std::byte> kernel_arena();

} // namespace heap
