// Lab 3: waking, parking, idling. The contract is kernel/event/waker.hpp.

#include "kernel/event/waker.hpp"

#include "arch/interrupts.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/lib/not_written.hpp"

namespace event {

// Called at any moment, from any place: while the event is in a queue, while it is polled, long after its end. An
// interrupt may call it between any two instructions of another call for the same event.
void wake(Event& event) {
    // LAB 3 BEGIN
    arch::InterruptGuard guard;
    const State state = event.state;
    if (state == State::running) {
        event.state = State::woken; // (5)
        return;
    }
    if (state != State::blocked)
        return;
    executor().blocked.remove(event);
    executor().schedule(event); // (4)
    // LAB 3 END
}

// A wake-up that comes after the poll gave pending and before the event is blocked must not be lost.
void park(Event& event) {
    // LAB 3 BEGIN
    arch::disable_interrupts();
    if (event.state == State::woken) {
        executor().schedule(event); // (6)
    } else {
        event.state = State::blocked; // (3)
        executor().blocked.push_back(event);
    }
    arch::enable_interrupts();
    // LAB 3 END
}

// LAB 3 ONLY BEGIN
namespace {

// Mostly it is something of an ordinary priority, so the lowest queues come last.
bool is_anything_ready() {
    for (unsigned level = PRIORITY_COUNT; level-- > 0;)
        if (!executor().queues[level].is_empty())
            return true;
    return false;
}

} // namespace
// LAB 3 ONLY END

// Between the look at the queues and the halt an interrupt may fill them; arch::wait_for_interrupt turns interrupts on
// and halts in one step.
void idle() {
    // LAB 3 BEGIN
    arch::disable_interrupts();
    while (!is_anything_ready())
        arch::wait_for_interrupt();
    arch::enable_interrupts();
    // LAB 3 END
}

} // namespace event
