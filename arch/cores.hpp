#pragma once

#include "arch/per_core.hpp"

// The cores of the machine. Core 0 boots; the others are started by it and halt until they get work. Implemented by
// arch/x86_64/cores.cpp.
namespace arch {

// How many run, from 1 on; their numbers are 0 and up. It changes while the kernel boots, and no more.
unsigned core_count();

// The core that runs this.
unsigned this_core_number();

// Has another core run `work` once, interrupts on, from the top of its stack; returns at once. What was written before,
// `work` sees. The core must be idle. Any context.
void run_on_core(unsigned core, void (*work)());

// Whether the core waits for work; what its last one wrote is seen then. Core 0 does when it serves.
bool is_core_idle(unsigned core);

// What every core but core 0 does from its start on: halts until it gets work, runs that, and so on. Core 0 may join
// them.
[[noreturn]] void serve_as_core();

} // namespace arch
