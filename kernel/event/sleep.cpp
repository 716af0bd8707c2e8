#include "kernel/event/sleep.hpp"

namespace event {

void Sleep::await_suspend(std::coroutine_handle<>) {
    Event* event = current();
    event->wait = this;
    timer_.event = event;
    arch::InterruptGuard guard;
    add_timer(timer_);
}

} // namespace event
