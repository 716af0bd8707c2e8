#pragma once

#include "arch/x86_64/multiboot2.hpp"

#include <cstddef>
#include <optional>

// Physical memory, 4 KiB at a time. One bit a frame, set while it is free, and a number, how many hold it. Given.
namespace frame {

struct Stats {
    std::size_t total; // frames that were free when the kernel began
    std::size_t free;
};

// Takes over the memory that the loader named available, less what it reserved and the allocator's own tables. Once; on
// the boot page tables, which map the first GiB, where these lie.
void initialise(const arch::BootInformation& information);

// A free frame, not cleared, owned by the caller; nothing when memory is full. Interrupts off or on, not from a
// handler.
[[nodiscard]] std::optional<arch::Physical> allocate();

// The same, filled with zeros.
[[nodiscard]] std::optional<arch::Physical> allocate_cleared();

// Gives a frame back; it is free when its last holder has. A frame that is free already, or that was never the
// allocator's, is a panic, here and below.
void deallocate(arch::Physical frame);

// The frame has one holder more, who must give it back as well.
void share(arch::Physical frame);
bool is_shared(arch::Physical frame);

Stats stats();

// For tests. Has the number-th allocation from now on give nothing, once. Zero: none, as at first.
void fail_allocation(std::size_t number);

// The end of the highest available range: what the direct map must reach.
arch::Physical end_of_memory();

} // namespace frame
