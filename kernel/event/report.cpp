#include "kernel/event/report.hpp"

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

void report_blocked() {
    const auto& blocked = executor().blocked;
    kernel::report("every event is blocked, and nothing has woken one. If no timer will, this is a deadlock:");
    unsigned shown = 0;
    for (Event* event = blocked.front(); event != nullptr && shown < EVENTS_SHOWN; event = blocked.next(*event)) {
        kernel::report("  event {} waits for {}", event->id, event->wait != nullptr ? event->wait->what() : "its turn");
        if (event->resume_point)
            report_frame("  at", event->resume_point);
        ++shown;
    }
}

} // namespace

void report_events() {
    if (const Event* running = current(); running != nullptr) {
        kernel::report("in event {}, pid {}, poll {}", running->id, running->pid, running->polls);
        if (running->resume_point)
            report_awaits(running->resume_point);
    } else if (!executor().blocked.is_empty() && !is_any_ready()) {
        report_blocked();
    }
    if constexpr (TRACING)
        trace_dump(RECORDS_SHOWN);
}

} // namespace event
