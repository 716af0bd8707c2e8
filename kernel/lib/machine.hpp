#pragma once

#include <cstdint>
#include <string_view>

// What the library asks of the machine, so that it can say something before anything else works. Implemented by
// arch/x86_64 (console.cpp, core.cpp, power.cpp, stop.cpp). Any context, interrupts on or off; none of it allocates.
namespace kernel {

// Writes to COM1, the console, as it is but for "\n", which becomes "\r\n". Waits for the device, and has interrupts
// off for 16 bytes at a time: what a handler writes may come in between. With several cores, for a line: none of
// another core's comes in between.
void console_write(std::string_view text);

// Writes to COM2, the results, as it is, whole. Waits for the device.
void results_write(std::string_view text);

// How a run ends. The value goes to isa-debug-exit (QEMU leaves with status value << 1 | 1); the grader knows them.
enum class Ending : std::uint8_t {
    success = 0x2a,
    failed_test = 0x2b,
    panic = 0x2c,
    not_written = 0x2d,
    hang = 0x2e,
    bad_orders = 0x2f,
};

// Turns the machine off where the emulator can, else stops the processor for good.
[[noreturn]] void leave(Ending ending);

// Before a report of the kernel's death: stops all other cores for good, wherever they are, so that nothing changes any
// more and the report is not torn. When two cores die at once, the first reports and the other is stopped in here.
void stop_other_cores();

// Afterwards: reports where each of them was stopped.
void report_other_cores();

// Whether `address` lies on one of the kernel's stacks, so that a backtrace may read there.
bool on_a_stack(std::uintptr_t address);

} // namespace kernel
