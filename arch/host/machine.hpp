#pragma once

#include <cstdint>

// What a host test may do to the pretended machine behind arch/interrupts.hpp and arch/clock.hpp.
namespace host {

// Moves time forward; a due timer interrupts at once, or when interrupts come on.
void advance_time(std::uint64_t nanoseconds);

// Runs `handler`, as an interrupt, at every boundary: just before interrupts go off, just after they come on, and at
// each halt. Null: never. The handler is not interrupted itself.
void set_boundary_handler(void (*handler)());

// Runs `handler` as an interrupt: now, or, as the machine does, when interrupts come on.
void interrupt(void (*handler)());

// A byte arrives on the console.
void console_receive(char byte);

// What the timer is set to; the greatest number: to nothing.
std::uint64_t armed_deadline();

} // namespace host
