#pragma once

// Bytes that arrive on the console (COM1). Implemented by arch/x86_64/console_input.cpp and arch/host.
namespace arch {

// Has every arriving byte handed to `handler`, in order, from the interrupt that it raises: interrupts off, in a
// handler. Once, interrupts off.
void enable_console_input(void (*handler)(char byte));

// Connects the console's output to its input, inside the device, or takes that back: what is written then arrives, and
// goes nowhere else. For tests. Interrupts off or on.
void set_console_loopback(bool on);

} // namespace arch
