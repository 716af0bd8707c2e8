#pragma once

#include "arch/x86_64/core.hpp"

namespace arch {

// Gives core 0 what is its own: its variables, found through GS (per_core.hpp), and the segments of gdt_load.
// Interrupts off, before anything that is a core's own is used.
void gdt_initialise();

// The same for another core, by core 0: its variables begin as core 0's did at power-on, `offset` bytes behind those.
// It finds them when it calls gdt_load.
Core& prepare_core(unsigned index, std::uintptr_t offset, const Stack (&stacks)[STACK_COUNT]);

// Loads this core's segment descriptors and its task state segment, which names the stacks of double fault, NMI and
// machine check, and its GS. Interrupts off, once a core.
void gdt_load(Core& core);

} // namespace arch
