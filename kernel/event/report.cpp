#include "kernel/event/report.hpp"

#include "arch/clock.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/task.hpp"
#include "kernel/event/wait.hpp"
#include "kernel/lib/report.hpp"
#include "kernel/lib/symbols.hpp"

namespace event {

namespace {

// One screen has 24 lines, and others have something to say too.
constexpr unsigned AWAITS_SHOWN = 6;
constexpr unsigned EVENTS_SHOWN = 6;
constexpr std::size_t RECORDS_SHOWN = 4;
// A dying kernel has no time for each of a hundred thousand events.
constexpr unsigned RINGS_TRIED = 100;

// A frame begins with the address of the function that resumes it.
void report_frame(const char* word, std::coroutine_handle<> frame) {
    const std::source_location where = promise_of(frame).awaiting_at();
    if (where.line() != 0)
        return kernel::report("  {} {}:{}", word, where.file_name(), where.line());
    const kernel::Symbol function = kernel::find_symbol(*static_cast<const std::uintptr_t*>(frame.address()));
    kernel::report("  {} {}", word, function.name);
}

// The running frame is on the stack; those that await it are not.
void report_awaits(std::coroutine_handle<> innermost) {
    auto frame = promise_of(innermost).continuation();
    for (unsigned shown = 0; frame && shown < AWAITS_SHOWN; ++shown) {
        report_frame("awaited by", frame);
        frame = promise_of(frame).continuation();
    }
    if (frame)
        kernel::report("  awaited by more");
}

bool is_any_ready() {
    for (const auto& queue : executor().queues)
        if (!queue.is_empty())
            return true;
    return false;
}

std::uint64_t waits_for(const Event& event) {
    return event.wait != nullptr ? event.wait->waits_for() : 0;
}

void report_deadline(const Event& event, const char* what, std::uint64_t deadline) {
    const std::uint64_t now = arch::now();
    if (deadline <= now)
        kernel::report("  event {} waits: {}, which was due {} us ago", event.id, what, (now - deadline) / 1000);
    else
        kernel::report("  event {} waits: {}, due in {} us", event.id, what, (deadline - now) / 1000);
}

// A sleeper that is due and still asleep: was the timer armed for it?
void report_timer() {
    const std::uint64_t now = arch::now();
    const std::uint64_t armed = arch::awaited_deadline();
    if (armed == UINT64_MAX)
        kernel::report("the timer is armed for nothing");
    else if (armed <= now)
        kernel::report("the timer was armed for {} us ago", (now - armed) / 1000);
    else
        kernel::report("the timer is armed for in {} us", (armed - now) / 1000);
}

void report_wait(const Event& event) {
    const char* what = event.wait != nullptr ? event.wait->what() : "its turn";
    if (const std::uint64_t other = waits_for(event); other != 0)
        kernel::report("  event {} waits for event {}: {}", event.id, other, what);
    else if (const std::uint64_t deadline = event.wait != nullptr ? event.wait->until() : 0; deadline != 0)
        report_deadline(event, what, deadline);
    else
        kernel::report("  event {} waits: {}", event.id, what);
    if (event.resume_point)
        report_frame("  at", event.resume_point);
}

Event* find_blocked(std::uint64_t id) {
    const auto& blocked = executor().blocked;
    Event* event = blocked.front();
    while (event != nullptr && event->id != id)
        event = blocked.next(*event);
    return event;
}

// How many events wait for one another in a ring that `first` is in; 0 when it is in none.
unsigned ring_length(const Event& first) {
    const Event* event = &first;
    for (unsigned length = 1; length <= EVENTS_SHOWN; ++length) {
        const std::uint64_t other = waits_for(*event);
        event = other != 0 ? find_blocked(other) : nullptr;
        if (event == nullptr || event == &first)
            return event == nullptr ? 0 : length;
    }
    return 0;
}

void report_ring(const Event& first, unsigned length) {
    kernel::report("deadlock: {} events wait for one another:", length);
    const Event* event = &first;
    for (; length > 0; --length) {
        report_wait(*event);
        event = find_blocked(waits_for(*event));
    }
    kernel::report("look for two that take the same things in another order, or await each other");
}

void report_blocked() {
    const auto& blocked = executor().blocked;
    unsigned tried = 0;
    for (Event* event = blocked.front(); event != nullptr && tried < RINGS_TRIED; event = blocked.next(*event)) {
        // Most wait for nobody in particular: they cost nothing.
        tried += waits_for(*event) != 0 ? 1 : 0;
        if (const unsigned length = ring_length(*event); length > 0)
            return report_ring(*event, length);
    }
    kernel::report("every event is blocked, and nothing has woken one. If no timer will, this is a deadlock:");
    unsigned shown = 0;
    for (Event* event = blocked.front(); event != nullptr && shown < EVENTS_SHOWN; event = blocked.next(*event)) {
        report_wait(*event);
        ++shown;
    }
    report_timer();
    kernel::report("look for whoever should have called wake for one of them, and for what it does before that");
}

} // namespace

// Who waits for whom explains a hang, and nothing else: where a fault ended the run, nobody would have woken them yet.
void report_events(kernel::Ending why) {
    if (const Event* running = current(); running != nullptr) {
        kernel::report("in event {}, pid {}, poll {}", running->id, running->pid, running->polls);
        if (running->resume_point)
            report_awaits(running->resume_point);
    } else if (why == kernel::Ending::hang && !executor().blocked.is_empty() && !is_any_ready()) {
        report_blocked();
    }
    if constexpr (TRACING)
        trace_dump(RECORDS_SHOWN);
}

} // namespace event
