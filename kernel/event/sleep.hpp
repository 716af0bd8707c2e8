#pragma once

#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "kernel/event/timer.hpp"
#include "kernel/event/wait.hpp"

#include <utility>

namespace event {

// co_await yield_now(): lets every other ready event of this priority have its turn.
struct Yield {
    bool await_ready() const { return false; }
    // A wake-up during its own poll is exactly what puts an event back into its queue: transition (5), then (6).
    void await_suspend(std::coroutine_handle<>) { current()->state.wake_itself(); }
    void await_resume() const {}
};
[[nodiscard]] inline Yield yield_now() {
    return {};
}

// co_await sleep_until(deadline): goes on when arch::now() has reached `deadline`, at once when it has already. A
// cancelled sleep leaves no trace.
class [[nodiscard]] Sleep final : public Wait {
public:
    // A deadline of 0 is over already; any other lies ahead, as whoever makes the sleep has seen on the clock.
    explicit Sleep(std::uint64_t deadline) { timer_.deadline = deadline; }
    ~Sleep() {
        if (!timer_.is_queued) // it has expired, or was never queued: nobody changes that now
            return;
        arch::InterruptGuard guard;
        remove_timer(timer_);
    }

    bool await_ready() const { return timer_.deadline == 0; }
    void await_suspend(std::coroutine_handle<>);
    void await_resume() { current()->wait = nullptr; }

    bool is_over() const override;
    const char* what() const override { return "sleep"; }
    std::uint64_t until() const override { return timer_.deadline; }

private:
    Timer timer_;
};
inline Sleep sleep_until(std::uint64_t deadline) {
    return Sleep{deadline > arch::now() ? deadline : 0};
}

// co_await sleep_for(nanoseconds). A sleep past the end of time lasts to it.
inline Sleep sleep_for(std::uint64_t nanoseconds) {
    if (nanoseconds == 0)
        return Sleep{0};
    const std::uint64_t now = arch::now();
    return Sleep{nanoseconds > UINT64_MAX - now ? UINT64_MAX : now + nanoseconds};
}

// co_await blocked(): waits until somebody wakes this event. For what has its own idea of when that is; it may go on
// early.
class [[nodiscard]] Blocked final : public Wait {
public:
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<>) { current()->wait = this; }
    void await_resume() { current()->wait = nullptr; }
    bool is_over() const override { return true; }
    const char* what() const override { return "wake-up"; }
};
inline Blocked blocked() {
    return {};
}

} // namespace event
