#pragma once

#include <cstdint>

namespace arch {

// Measures the time-stamp counter and the local APIC's timer against the 8254 (three times 10 ms), and sets now() to 0.
// Where the 8254 does not count it takes the processor's word for the frequency, and panics without one. The counter
// must keep its pace and go on while the processor halts, as it does since about 2008. Interrupts off, after
// local_apic_initialise.
void clock_initialise();

// On another core than 0, whose time stamps are so many ahead of core 0's: now() is the same there. Once a core, after
// local_apic_initialise, interrupts off.
void clock_start_core(std::uint64_t time_stamps_ahead);

// Makes this moment 0, on all cores, which stand still meanwhile: the harness does so after it took its orders.
void clock_restart();

// Has the timer ring for what it was asked for and nothing else. Before a halt, interrupts off.
void clock_before_halt();

// Ticks of time_stamp() in one second.
std::uint64_t time_stamp_frequency();

} // namespace arch
