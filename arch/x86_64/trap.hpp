#pragma once

#include "kernel/lib/report.hpp"

#include <cstdint>

// Exceptions and interrupts as the kernel sees them.
namespace arch {

// What traps.asm leaves on the stack, lowest address first.
struct TrapFrame {
    std::uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    std::uint64_t vector, error_code;
    std::uint64_t rip, cs, rflags, rsp, ss;
};
static_assert(sizeof(TrapFrame) == 22 * sizeof(std::uint64_t));

// Exception vectors that the code names; Intel SDM volume 3, table 6-1.
enum Exception : std::uint8_t {
    DEBUG = 1,
    NMI = 2,
    BREAKPOINT = 3,
    DOUBLE_FAULT = 8,
    GENERAL_PROTECTION = 13,
    PAGE_FAULT = 14,
    MACHINE_CHECK = 18,
    FIRST_INTERRUPT = 32,
};

// The interrupt vectors in use. ISA line n comes as FIRST_ISA + n.
enum Vector : std::uint8_t {
    FIRST_ISA = 0x20,
    TIMER = 0x40,
    WORK = 0x50,         // another core has given this one something to run: cores.hpp
    FIRST_LEGACY = 0xf0, // the 8259s, which are masked: what comes of them is spurious, as lines 7 and 15
    SPURIOUS_LEGACY = FIRST_LEGACY + 7,
    SPURIOUS = 0xff, // of the local APIC, and line 15
};

// Loads the descriptor table; from then on every exception is reported and no interrupt is lost. Interrupts off, once.
void idt_initialise();

// The same table for another core. Interrupts off, once a core.
void idt_load();

// Sets what runs for an interrupt vector, with interrupts off, on the interrupted stack. It acknowledges nothing
// itself: the dispatcher tells the local APIC when it returns. Null: the interrupt is a bug and panics, but for
// spurious ones.
void set_interrupt_handler(std::uint8_t vector, void (*handler)());

// Reports what trap.cpp can tell of an exception or NMI of the kernel's, and ends the run.
[[noreturn]] void die_of_trap(const TrapFrame& frame);

// Counts an interrupt (interrupt_count, halted_ticks), runs its vector's handler and acknowledges it. `interrupted` is
// for reports. Interrupts off.
void dispatch_interrupt(std::uint8_t vector, const kernel::InterruptedCode& interrupted);

} // namespace arch
