#pragma once

#include <cstddef>
#include <cstdint>

namespace arch {

// Starts the cores that the ACPI tables list, one after the other (INIT, STARTUP: SDM volume 3, section 9.4.4); each
// gets stacks and variables of its own, sets itself up, agrees with core 0 on the time, and halts. One that does not
// answer is left out, for good. Once, on core 0, interrupts off, after io_apic_initialise and clock_initialise.
void cores_start();

// Maps `bytes` of fresh memory from `address` on, in the part of CORES_BASE; false when there is no more. Implemented
// by kernel/mm/page_table.cpp, whose tables it enters.
bool map_core_memory(std::uintptr_t address, std::size_t bytes);

} // namespace arch
