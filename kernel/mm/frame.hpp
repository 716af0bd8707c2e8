#pragma once

#include "arch/x86_64/multiboot2.hpp"

#include <cstddef>
#include <optional>

// Physical memory, 4 KiB at a time. One bit a frame, set while it is free. Given.
namespace frame {

struct Stats {
    std::size_t total; // frames that were free when the kernel began
    std::size_t free;
};

// Takes over the memory that the loader named available, less what it reserved and the allocator's own bitmap. Once; on
// the boot page tables, so of memory beyond the first GiB only what is behind the bitmap is used later.
void initialise(const arch::BootInformation& information);

// A free frame, not cleared, owned by the caller; nothing when memory is full. Interrupts off or on, not from a
// handler.
[[nodiscard]] std::optional<arch::Physical> allocate();

// The same, filled with zeros.
[[nodiscard]] std::optional<arch::Physical> allocate_cleared();

// Gives a frame back. A frame that is free already, or that was never the allocator's, is a panic.
void deallocate(arch::Physical frame);

Stats stats();

// The end of the highest available range: what the direct map must reach.
arch::Physical end_of_memory();

} // namespace frame
