#pragma once

namespace arch {

// Turns on what protects the kernel from itself and from user programs, where this processor has it: SMEP, SMAP, UMIP,
// global pages, and a report of machine checks. Interrupts off, once a core, on page tables that map nothing for the
// user.
void processor_initialise();

} // namespace arch
