#pragma once

#include <cstdint>

// Time. Implemented by arch/x86_64/clock.cpp and arch/host.
namespace arch {

// Nanoseconds since clock_initialise, never going back. Any context.
std::uint64_t now();

// The raw counter that now() is made of. Under QEMU's -icount it advances by 2^shift an instruction. Any context.
std::uint64_t time_stamp();

// Asks for one interrupt at `deadline` (nanoseconds of now(); a past one means at once). One deadline at a time: a new
// one replaces the old. Its handler (set_timer_handler) runs with interrupts off. A running core may be interrupted for
// nothing, once for a deadline that was taken back or replaced, or that came while the next one was far ahead; a halted
// core is not. Interrupts on or off.
void arm_timer(std::uint64_t deadline);
void disarm_timer();

// The deadline that was asked for and has not come; the greatest number: none. For reports. Interrupts off.
std::uint64_t awaited_deadline();

// What runs on this core when its deadline has come, and is told the time; gives what ran before. Null: nothing.
using TimerHandler = void (*)(std::uint64_t now);
TimerHandler set_timer_handler(TimerHandler handler);

// The slice: how long ring 3 may run before the kernel has the core again. Independent of the deadline above. Begins
// one of `nanoseconds` in place of the one before; an interrupt comes when it is over, and until the next begin_slice
// or end_slice slice_is_over() says so; one of 0 is over at once. end_slice: there is none, and its interrupt is taken
// back like a deadline's; gives how long ago it began, in nanoseconds. Interrupts on or off.
void begin_slice(std::uint64_t nanoseconds);
bool slice_is_over();
std::uint64_t end_slice();

} // namespace arch
