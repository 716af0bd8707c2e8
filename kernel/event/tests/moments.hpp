#pragma once

// One interrupt at every moment in turn: the body of a test runs again and again, and each time an interrupt strikes it
// a little later. On the host the moments are the boundaries at which a pretended interrupt can come
// (host/machine.hpp); in the kernel they are 32 nanoseconds apart, which is one instruction under the grader's -icount.

#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "kernel/event/executor.hpp"

#include <cstdint>
#include <utility>

#if __STDC_HOSTED__
#include "arch/host/machine.hpp"
#endif

// Of labs 3 and 4.
namespace moments {

#if __STDC_HOSTED__
inline constexpr unsigned COUNT = 100;
#else
inline constexpr unsigned COUNT = 1500;
#endif
inline constexpr std::uint64_t STEP = 32;

inline void (*handler)() = nullptr; // what the interrupt does
inline bool struck = false;         // whether it has come
inline bool lost = false;           // whether only a second interrupt, long after, got the body to its end
inline unsigned boundaries = 0;     // the host's, until the interrupt comes
inline std::uint64_t halts = 0;     // that the host has seen

inline void strike() {
    lost = lost || struck;
    struck = true;
    handler();
#if !__STDC_HOSTED__
    // Should the kernel sleep over what the handler did, this wakes it.
    arch::arm_timer(arch::now() + 5'000'000);
#endif
}

#if __STDC_HOSTED__
inline bool is_anything_ready() {
    for (const auto& queue : event::executor().queues)
        if (!queue.is_empty())
            return true;
    return false;
}

inline void boundary() {
    constexpr unsigned LONG_AFTER = 10'000;
    // The host's halt does not last. A real one would, with work queued or not.
    if (std::exchange(halts, arch::halt_count()) != arch::halt_count())
        lost = lost || is_anything_ready();
    if (boundaries-- == 0) {
        boundaries = LONG_AFTER;
        strike();
    }
}
#endif

// Runs `body` with `interrupt_handler` as an interrupt after `moment` steps, or after the body if it ends before. False
// when the body got to its end only by a second interrupt: a wake-up was lost. The handler must bear to run twice.
template<typename Body>
bool strike_at(unsigned moment, void (*interrupt_handler)(), Body body) {
    handler = interrupt_handler;
    struck = lost = false;
#if __STDC_HOSTED__
    boundaries = moment;
    halts = arch::halt_count();
    host::set_boundary_handler(boundary);
    body();
    host::set_boundary_handler(nullptr);
    if (!struck)
        host::interrupt(strike);
#else
    arch::set_timer_handler([](std::uint64_t) { strike(); });
    arch::arm_timer(arch::now() + moment * STEP);
    body();
    while (!*const_cast<volatile bool*>(&struck)) {
    }
    arch::disarm_timer();
    event::initialise(); // the timer's own handler again
#endif
    return !lost;
}

} // namespace moments
