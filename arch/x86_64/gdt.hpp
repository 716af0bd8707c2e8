#pragma once

namespace arch {

// Loads this core's segment descriptors and its task state segment, which names the stacks of double fault, NMI and
// machine check, and gives it what it finds through GS (core.hpp). Interrupts off, once a core.
void gdt_initialise();

// The numbers of those stacks in the task state segment's interrupt stack table, for idt.cpp.
enum InterruptStack : unsigned char { NO_STACK = 0, DOUBLE_FAULT_STACK = 1, NMI_STACK = 2, MACHINE_CHECK_STACK = 3 };

} // namespace arch
