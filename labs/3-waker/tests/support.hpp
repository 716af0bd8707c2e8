#pragma once

// What the waker's tests share: events of their own, time that passes, an interrupt on demand.

#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/sleep.hpp"
#include "kernel/event/task.hpp"
#include "kernel/event/tests/names.hpp"
#include "kernel/event/waker.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/test/test.hpp"

#include <cstdint>
#include <utility>

#if __STDC_HOSTED__
#include "arch/host/machine.hpp"
#endif

// A namespace of our own: the tests of other labs are linked too, and have functions of these names.
namespace waker_tests {

inline constexpr std::uint64_t MICROSECOND = 1'000;
inline constexpr std::uint64_t MILLISECOND = 1'000'000;

// An event of `task`, not started yet. Its maker keeps a reference, to look at it after its end.
inline event::EventReference make(event::Task<> task, event::Priority priority = event::Priority::normal) {
    const auto made = event::Event::create(task.release(), priority);
    if (!made)
        kernel::panic("the test finds no memory for its events");
    return event::EventReference{**made};
}

// An event of `task`, ready.
inline event::EventReference start(event::Task<> task, event::Priority priority = event::Priority::normal) {
    event::EventReference reference = make(std::move(task), priority);
    event::executor().start(*reference.get());
    return reference;
}

// Polls until nothing is ready. False when that takes more polls than `limit`.
inline bool settle(unsigned limit = 100'000) {
    while (event::executor().run_once())
        if (limit-- == 0)
            return false;
    event::reap();
    return true;
}

// Polls, and idles, until this event has ended, whatever else still waits.
inline void run_to_end_of(const event::EventReference& reference) {
    while (reference->state != event::State::finished)
        if (!event::executor().run_once())
            event::idle();
    event::reap();
}

// What cancelling an event that is not running comes to; lab 4 builds the real thing.
inline void cancel_by_hand(const event::EventReference& reference) {
    event::Event& cancelled = *reference.get();
    {
        arch::InterruptGuard guard;
        cancelled.node.unlink();
        cancelled.state = event::State::finished;
        cancelled.wait = nullptr;
    }
    --event::executor().unfinished;
    event::destroy_frames(cancelled);
    cancelled.release();
}

// How many events the executor keeps as blocked, and as ready. Walks no further than `limit`, for lists that are torn.
inline unsigned length(const kernel::List<event::Event, &event::Event::node>& list, unsigned limit = 10'000) {
    unsigned count = 0;
    for (event::Event* at = list.front(); at != nullptr && count < limit; at = list.next(*at))
        ++count;
    return count;
}
inline unsigned blocked_count() {
    return length(event::executor().blocked);
}
inline unsigned ready_count() {
    unsigned count = 0;
    for (const auto& queue : event::executor().queues)
        count += length(queue);
    return count;
}

// Lets so much time go by, interrupts on or off, halting or not as it comes.
inline void pass(std::uint64_t nanoseconds) {
#if __STDC_HOSTED__
    host::advance_time(nanoseconds);
#else
    const std::uint64_t end = arch::now() + nanoseconds;
    while (arch::now() < end) {
    }
#endif
}

// Runs `handler` once, now, as an interrupt. In the kernel it is the timer's, so let no timer be queued.
inline void interrupt(void (*handler)()) {
#if __STDC_HOSTED__
    host::interrupt(handler);
#else
    const std::uint64_t before = arch::interrupt_count();
    static constinit void (*running)() = nullptr;
    running = handler;
    arch::set_timer_handler([](std::uint64_t) { running(); });
    arch::arm_timer(0);
    while (arch::interrupt_count() == before) {
    }
    event::initialise(); // the timer's own handler again
#endif
}

// Waits for a wake-up so many times.
inline event::Task<> wait_for_wakes(unsigned times) {
    for (; times > 0; --times)
        co_await event::blocked();
}

// Sleeps to `deadline`, and says when it went on, if anybody asked.
inline event::Task<> sleeper(std::uint64_t deadline, std::uint64_t* woke_at = nullptr) {
    co_await event::sleep_until(deadline);
    if (woke_at != nullptr)
        *woke_at = arch::now();
}

} // namespace waker_tests
using namespace waker_tests;
