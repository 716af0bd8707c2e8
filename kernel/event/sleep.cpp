#include "kernel/event/sleep.hpp"

namespace event {

void Sleep::await_suspend(std::coroutine_handle<>) {
    Event* event = current();
    event->wait = this;
    timer_.event = event;
    arch::InterruptGuard guard;
    add_timer(timer_);
}

// A timer that was queued and is no more has expired: no need to look at the clock.
bool Sleep::is_over() const {
    return (timer_.event != nullptr && !timer_.is_queued) || arch::now() >= timer_.deadline;
}

} // namespace event
