#pragma once

#include "kernel/event/event.hpp"

#include <cstdint>
#include <optional>

// Deadlines. Implemented by the student: labs/3-waker/timer.cpp. Stage 2 has a stand-in that keeps none.
namespace event {

// One deadline of one event. Lies in the awaiter, so that waiting allocates nothing.
struct Timer {
    std::uint64_t deadline = 0; // nanoseconds of arch::now()
    Event* event = nullptr;     // whom to wake
    bool is_queued = false;     // in the timer queue: from add_timer to expiry or removal
    kernel::ListNode node;      // the rest is the queue's to use as it likes
    std::uint64_t words[2] = {};
};

// Queues the timer, and arms the machine's timer (arch::arm_timer) if this deadline is now the earliest. Any order of
// deadlines, past ones too, up to the greatest number there is. Interrupts off. Allocates nothing; costs the same with
// a million queued.
void add_timer(Timer& timer);

// Takes it out; nothing when it is not queued. Interrupts off.
void remove_timer(Timer& timer);

// Takes out every timer whose deadline is `now` or before, wakes its event, in the order of deadlines and those of one
// deadline in the order they were added (those that were past already when they were added: in any order), and arms the
// machine's timer for the earliest that is left; without one it stays silent. The machine may ring too early, and so
// may this be called though nothing is due. From the timer's interrupt handler, interrupts off; `now` never goes back.
void expire_timers(std::uint64_t now);

} // namespace event
