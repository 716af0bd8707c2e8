// Lab 2: the executor. The contract is kernel/event/executor.hpp, and Event::poll in kernel/event/event.hpp.

#include "kernel/event/executor.hpp"

#include "arch/interrupts.hpp"
#include "kernel/event/spawner.hpp"
#include "kernel/event/wait.hpp"
#include "kernel/event/waker.hpp"
#include "kernel/lib/not_written.hpp"
#include "kernel/lib/panic.hpp"

#include <bit>

namespace event {

// The resume point is the innermost frame, not the topmost: an event goes on where it stopped, not where it began. A
// frame that awaits another, or ends, calls transfer and suspends itself; only this function resumes, so the stack
// stays flat. An event whose wait is not over is not resumed at all.
Poll Event::poll() {
    // LAB 2 BEGIN
    if (wait != nullptr && !wait->is_over())
        return Poll::pending;
    Event* before = set_current(this);
    resume_point.resume();
    while (transferred && resume_point) [[unlikely]] {
        transferred = false;
        resume_point.resume();
    }
    set_current(before);
    return resume_point ? Poll::pending : Poll::ready;
    // LAB 2 END
}

// Wakers call this from interrupt handlers too, so the queues change with interrupts off only.
void Executor::schedule(Event& event) {
    // LAB 2 BEGIN
    event.state = State::ready;
    event.level = event.priority;
    event.queued_at = polls;
    queues[static_cast<unsigned>(event.level)].push_back(event);
    may_hold |= 1U << static_cast<unsigned>(event.level);
    // LAB 2 END
}

// LAB 2 ONLY BEGIN
namespace {

// Of the queues below that one. Only the first event of a queue can have waited longest there. Out of line: most of the
// time one queue alone is in use.
[[gnu::noinline]] void age(Executor& executor, unsigned below) {
    KASSERT(below < PRIORITY_COUNT);
    for (unsigned level = below; level-- > 0;) {
        if (executor.queues[level].is_empty()) {
            executor.may_hold &= ~(1U << level);
            continue;
        }
        if (executor.polls - executor.queues[level].front()->queued_at < AGEING_POLLS)
            continue;
        Event* oldest = executor.queues[level].pop_front();
        oldest->level = static_cast<Priority>(level + 1);
        oldest->queued_at = executor.polls;
        executor.queues[level + 1].push_back(*oldest);
        executor.may_hold |= 1U << (level + 1);
    }
}

} // namespace
// LAB 2 ONLY END

// The first event of the highest queue that has any is taken anyway, so only those below need to age. Whoever takes an
// event out of a queue elsewhere says nothing here, so what may_hold says is looked into.
Event* Executor::take_next() {
    // LAB 2 BEGIN
    while (may_hold != 0) {
        const unsigned highest = static_cast<unsigned>(std::bit_width(may_hold)) - 1;
        if (queues[highest].is_empty()) [[unlikely]] {
            may_hold ^= 1U << highest;
            continue;
        }
        if ((may_hold & (may_hold - 1)) != 0) [[unlikely]]
            age(*this, highest);
        Event* next = queues[highest].pop_front();
        next->state = State::running;
        return next;
    }
    return nullptr;
    // LAB 2 END
}

// What a poll gave decides: ready means the end, pending means park.
bool Executor::run_once() {
    // LAB 2 BEGIN
    arch::disable_interrupts();
    Event* next = take_next();
    arch::enable_interrupts();
    if (next == nullptr)
        return false;
    ++polls;
    ++next->polls;
    if (next->poll() == Poll::ready)
        finish(*next);
    else if (next->cancel_requested)
        cancel(*next);
    else
        park(*next);
    return true;
    // LAB 2 END
}

// A frame must not be destroyed while it runs, nor twice; and after `ended` or `release` the event may be gone.
void Executor::finish(Event& event) {
    // LAB 2 BEGIN
    {
        const arch::InterruptGuard guard;
        event.state = State::finished;
    }
    if (!event.joinable)
        destroy_frames(event);
    ended(event);
    --unfinished;
    event.release();
    // LAB 2 END
}

} // namespace event
