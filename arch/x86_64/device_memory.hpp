#pragma once

#include "arch/x86_64/layout.hpp"

#include <cstddef>

namespace arch {

// Maps `bytes` of physical memory from `address` on, uncached, at DEVICE_BASE + address, for good. Repeating is
// harmless. Implemented by kernel/mm/page_table.cpp, whose tables it enters. Interrupts off.
volatile void* map_device_memory(Physical address, std::size_t bytes);

template<typename T>
volatile T* device_memory(Physical address, std::size_t bytes = sizeof(T)) {
    return static_cast<volatile T*>(map_device_memory(address, bytes));
}

} // namespace arch
