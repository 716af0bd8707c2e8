#pragma once

#include <cstdint>

#if __STDC_HOSTED__
#include "arch/host/interrupt_flag.hpp"
#else
#include "arch/x86_64/interrupt_flag.hpp"
#endif

// Interrupts on this core. Implemented by arch/x86_64/interrupts.cpp and, with pretended interrupts, by arch/host.
namespace arch {

// interrupt_flag.hpp, another one on each machine:
// bool interrupts_enabled();  whether this core takes interrupts now
// void enable_interrupts();
// void disable_interrupts();

// Whether this core runs an interrupt handler now. Any context.
bool in_interrupt_handler();

// Turns interrupts on and waits for one in one step, so that one that is already pending ends the wait at once; returns
// with interrupts off, after its handler ran. Call with interrupts off.
void wait_for_interrupt();

// What this core has done so far, for tests and reports: interrupts taken, calls of wait_for_interrupt, and the time
// (ticks of time_stamp, clock.hpp) that it stood still in them. Any context.
std::uint64_t interrupt_count();
std::uint64_t halt_count();
std::uint64_t halted_ticks();

// Interrupts off from here to the end of the scope, then as they were. Nests. Never hold one over a co_await.
class [[nodiscard]] InterruptGuard {
public:
    InterruptGuard() : were_enabled_{interrupts_enabled()} { disable_interrupts(); }
    ~InterruptGuard() {
        if (were_enabled_)
            enable_interrupts();
    }
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

private:
    bool were_enabled_;
};

} // namespace arch
