#include "kernel/event/sleep.hpp"

#include "kernel/event/waker.hpp"

namespace event {

// A wake-up during its own poll is exactly what puts an event back into its queue: transition (5), then (6).
void Yield::await_suspend(std::coroutine_handle<>) {
    wake(*current());
}

void Sleep::await_suspend(std::coroutine_handle<>) {
    Event* event = current();
    event->wait = this;
    timer_.event = event;
    arch::InterruptGuard guard;
    add_timer(timer_);
}

} // namespace event
