#include "kernel/event/sleep.hpp"

#include "kernel/lib/panic.hpp"

namespace event {

// An event runs with interrupts on.
void Sleep::await_suspend(std::coroutine_handle<>) {
    Event* event = current();
    KASSERT(timer_.event == nullptr); // a sleep is awaited once
    event->wait = this;
    timer_.event = event;
    arch::disable_interrupts();
    add_timer(timer_);
    arch::enable_interrupts();
}

// A timer that was queued and is no more has expired: no need to look at the clock.
bool Sleep::is_over() const {
    if (timer_.event != nullptr && !timer_.is_queued) [[likely]]
        return true;
    return arch::now() >= timer_.deadline;
}

} // namespace event
