#pragma once

#include "kernel/event/event.hpp"

// How events wait without being polled. Implemented by the student: labs/3-waker/waker.cpp. Stage 2 has a busy
// stand-in, which polls every waiting event again and again: kernel/stage/busy_waker.cpp.
namespace event {

// Makes the event ready if it is blocked (4); notes the wake-up if it is being polled (5), so that park does not lose
// it; does nothing if it is created, ready, woken or finished. However often it is called, the event is queued once.
// Any context: an event, an interrupt handler, interrupts on or off. Never allocates, never fails, costs the same
// however many events there are.
void wake(Event& event);

// After a poll that gave `pending`: blocks the event (3), or, if it was woken during that poll, queues it again (6). No
// wake-up is lost, whenever it comes. Interrupts on; allocates nothing.
void park(Event& event);

// When nothing is ready: halts until an interrupt has made something ready. Returns at once if something is. A wake-up
// between the last look at the queues and the halt is not lost. Takes no interrupts but those that devices and the
// timer raise; there is no tick. Interrupts on, and on again when it returns.
void idle();

// The right to make one event ready, for whoever is not part of it: an interrupt handler, a device, another event.
// Copies are cheap; a waker may outlive its event.
class Waker {
public:
    Waker() = default;
    explicit Waker(Event& event) : event_{event} {}

    // As event::wake; nothing without an event.
    void wake() const {
        if (event_)
            event::wake(*event_.get());
    }

private:
    EventReference event_;
};

} // namespace event
