#pragma once

namespace arch {

// The iBASE 700 watchdog (QEMU: -device ib700 -action watchdog=inject-nmi). When it runs out the processor takes an
// NMI, even with interrupts off, and trap.cpp reports where the code hangs. Where there is no such device nothing
// happens. Any context.

// Starts it, or starts it again, with 2 to 30 seconds, rounded up to an even number.
void watchdog_start(unsigned seconds);
void watchdog_stop();

} // namespace arch
