#include "kernel/event/waker.hpp"

#ifdef POLLUX_TRACE

// From stage 3 on the linker leads every call of wake by here (--wrap, in the Makefile), so it is known who called, and
// whether the wake-up did what it must: a lost one leaves no other trace. The names are the linker's: what is called
// instead of event::wake, and event::wake itself.
extern "C" void __real__ZN5event4wakeERNS_5EventE(event::Event& event); // NOLINT(bugprone-reserved-identifier)
extern "C" void __wrap__ZN5event4wakeERNS_5EventE(event::Event& event); // NOLINT(bugprone-reserved-identifier)

void __wrap__ZN5event4wakeERNS_5EventE(event::Event& event) { // NOLINT(bugprone-reserved-identifier)
    using event::State;
    const State before = event.state;
    const auto caller = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)) - 1;
    event::trace_record(event::Trace::wake_called, event.id, {.where = caller});
    __real__ZN5event4wakeERNS_5EventE(event);
    const State after = event.state;
    if (before == State::blocked && after == State::blocked)
        event::trace_violation("(4) wake was called, and the blocked event stayed blocked", event.id);
    if (before == State::running && after == State::running)
        event::trace_violation("(5) wake was called while it ran, and left no mark", event.id);
}

#endif
