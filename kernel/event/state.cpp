#include "kernel/event/state.hpp"

#include "kernel/event/task.hpp"
#include "kernel/event/wait.hpp"

#ifdef POLLUX_TRACE

namespace event {

namespace {

// The diagram in state.hpp, by (from, to). Stage 2's stand-in for lab 3 queues a running event again.
constexpr bool is_transition(State from, State to) {
    switch (to) {
    case State::created:
        return false;
    case State::ready:
        return from != State::ready && from != State::finished;
    case State::running:
        return from == State::ready;
    case State::woken:
    case State::blocked:
        return from == State::running;
    case State::finished:
        return from != State::finished;
    }
    return false;
}

constexpr Trace record_of(State state) {
    switch (state) {
    case State::created:
        return Trace::created;
    case State::ready:
        return Trace::queued;
    case State::running:
        return Trace::taken;
    case State::woken:
        return Trace::woken;
    case State::blocked:
        return Trace::blocked;
    case State::finished:
        return Trace::finished;
    }
    return Trace::created;
}

// What is wrong with one that is none, by the number in the diagram of the one that it looks like.
const char* broken_rule(State from, State to) {
    if (from == State::finished)
        return to == State::finished ? "(7) it had ended, and was made to end again"
                                     : "it had ended, and its state was changed";
    if (to == State::ready)
        return "queued twice: it was ready, and was made ready again";
    if (to == State::running)
        return from == State::blocked ? "(2) taken while it was blocked: only a ready event is taken"
                                      : "(2) taken while it was not ready";
    if (to == State::blocked)
        return from == State::woken ? "(6) blocked although it had been woken while it ran: the wake-up is lost"
                                    : "(3) blocked while it was not running";
    return to == State::woken ? "(5) marked as woken while it was not running" : "it became created again";
}

} // namespace

// The call of the function that this stands in. One byte back from where it returns to, which may be another line.
#define CALLED_FROM {.where = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)) - 1}

// The frame of a task begins with the address of the function that resumes it.
void EventState::check_begin() {
    const Event& event = counts_.event;
    trace_record(Trace::created, event.id,
                 {.where = *static_cast<const std::uintptr_t*>(event.topmost.address()),
                  .more = event.pid,
                  .priority = static_cast<std::uint8_t>(event.priority)});
}

void EventState::check_and_record(State next) {
    const Event& event = counts_.event;
    const State before = *this;
    trace_record(record_of(next), event.id, CALLED_FROM);
    if (!is_transition(before, next))
        trace_violation(broken_rule(before, next), event.id);
    counts_.queued += next == State::ready ? 1 : 0;
    counts_.taken += next == State::running ? 1 : 0;
    // Ended by itself: every time that it was queued it had its turn. Cancelled while ready, it owes one.
    if (next == State::finished && before != State::ready && counts_.queued > counts_.taken)
        trace_violation("was woken and not polled", event.id);
    if (next == State::blocked)
        record_wait();
}

void EventState::record_wait() {
    const Event& event = counts_.event;
    std::source_location where;
    if (event.resume_point)
        where = promise_of(event.resume_point).awaiting_at();
    const char* what = event.wait != nullptr ? event.wait->what() : "";
    trace_record(Trace::waits, event.id,
                 {.where = reinterpret_cast<std::uintptr_t>(what),
                  .more = reinterpret_cast<std::uintptr_t>(where.file_name()),
                  .by = where.line()});
}

void EventState::check_poll() {
    const State now = *this;
    trace_record(Trace::polled, counts_.event.id, CALLED_FROM);
    if (now == State::finished)
        trace_violation("polled after its end", counts_.event.id);
}

void EventState::check_end() {
    const State now = *this;
    trace_record(Trace::freed, counts_.event.id, CALLED_FROM);
    if (now != State::finished && now != State::created)
        trace_violation("freed before its end", counts_.event.id);
}

} // namespace event

#endif
