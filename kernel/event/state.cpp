#include "kernel/event/state.hpp"

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

} // namespace

void EventState::check_and_record(State next) {
    const State before = *this;
    if (!is_transition(before, next))
        trace_violation(next == State::ready && before == State::ready ? "queued twice"
                        : before == State::finished                    ? "changed after its end"
                                                                       : "made a transition that is not in the diagram",
                        counts_.event);
    counts_.queued += next == State::ready ? 1 : 0;
    counts_.taken += next == State::running ? 1 : 0;
    // Ended by itself: every time that it was queued it had its turn. Cancelled while ready, it owes one.
    if (next == State::finished && before != State::ready && counts_.queued > counts_.taken)
        trace_violation("was woken and not polled", counts_.event);
    trace_record(record_of(next), counts_.event);
}

void EventState::check_poll() {
    const State now = *this;
    if (now == State::finished)
        trace_violation("polled after its end", counts_.event);
    trace_record(Trace::polled, counts_.event);
}

void EventState::check_end() {
    const State now = *this;
    if (now != State::finished && now != State::created)
        trace_violation("freed before its end", counts_.event);
    trace_record(Trace::freed, counts_.event);
}

} // namespace event

#endif
