#include "kernel/event/trace.hpp"

#include "arch/clock.hpp"
#include "arch/cores.hpp"
#include "arch/interrupts.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/lib/report.hpp"

#include <atomic>

// Found by name in the memory of a machine.
extern "C" {
constinit event::TraceRecord trace_records[event::TRACING ? event::TRACE_RECORDS : 1]{};
constinit std::atomic<std::uint64_t> trace_record_count{0};
}

namespace event {

namespace {

constexpr std::size_t KEPT_VIOLATIONS = 4;
constexpr std::size_t RECORDS_SHOWN = 16;

struct Violation {
    const char* rule;
    std::uint64_t event;
};

constinit Violation violations[KEPT_VIOLATIONS]{};
constinit std::size_t violation_count = 0;
constinit std::size_t joins_begun = 0;
constinit std::size_t joins_ended = 0;

constexpr const char* NAMES[] = {"created",     "queued",      "taken",        "polled",           "woken",
                                 "blocked",     "finished",    "freed",        "join begun",       "join ended",
                                 "wake called", "waits",       "broke a rule", "interrupt begins", "interrupt ends",
                                 "halts",       "test begins", "test ends"};

std::uint32_t lower_half(std::uint64_t value) {
    return static_cast<std::uint32_t>(value);
}

std::uint8_t this_core() {
    if constexpr (TRACING)
        return static_cast<std::uint8_t>(arch::this_core_number());
    return 0;
}

// Nothing may be ready when the core halts: whoever looked before has looked too early. Events run on core 0.
void check_halt() {
    if (this_core() != 0)
        return;
    for (const auto& queue : executor().queues)
        if (const Event* ready = queue.front(); ready != nullptr)
            return trace_violation("was ready when the core halted", ready->id);
}

// In a report: what happened to an event, in a line of its own.
bool is_shown(const TraceRecord& record) {
    return record.event != 0 && record.what != Trace::waits;
}

void record_moment(kernel::Moment what, std::uint32_t number, std::uintptr_t where) {
    switch (what) {
    case kernel::Moment::interrupt_begins:
        return trace_record(Trace::interrupt_begins, 0, {.where = where, .more = number});
    case kernel::Moment::interrupt_ends:
        return trace_record(Trace::interrupt_ends, 0);
    case kernel::Moment::halts:
        trace_record(Trace::halts, 0);
        return check_halt();
    case kernel::Moment::test_begins:
        return trace_record(Trace::test_begins, 0, {.where = where});
    case kernel::Moment::test_ends:
        return trace_record(Trace::test_ends, 0);
    }
}

} // namespace

// A handler, or another core, may record at any moment: each record has a place of its own.
void trace_record(Trace what, std::uint64_t event, const TraceDetail& detail) {
    arch::InterruptGuard guard;
    const Event* running = current();
    const std::uint64_t place = trace_record_count.fetch_add(1, std::memory_order_relaxed);
    trace_records[place % std::size(trace_records)] = {
        .time = arch::now(),
        .event = event,
        .by = what == Trace::waits ? detail.by
              : running != nullptr ? lower_half(running->id)
                                   : 0,
        .where = lower_half(detail.where),
        .more = lower_half(detail.more),
        .what = what,
        .core = this_core(),
        .in_handler = arch::in_interrupt_handler(),
        .priority = detail.priority,
    };
    joins_begun += what == Trace::join_begun ? 1 : 0;
    joins_ended += what == Trace::join_ended ? 1 : 0;
}

void trace_initialise() {
    kernel::trace_moment = record_moment;
}

void trace_violation(const char* rule, std::uint64_t event) {
    arch::InterruptGuard guard;
    trace_record(Trace::broken, event, {.where = reinterpret_cast<std::uintptr_t>(rule)});
    if (violation_count < KEPT_VIOLATIONS)
        violations[violation_count] = {rule, event};
    ++violation_count;
}

// Of what happened to events; `make timeline` shows all.
void trace_dump(std::size_t count) {
    const std::size_t recorded = trace_record_count;
    const std::size_t kept = recorded < std::size(trace_records) ? recorded : std::size(trace_records);
    std::size_t shown = 0;
    std::size_t back = 0;
    while (back < kept && shown < count)
        shown += is_shown(trace_records[(recorded - ++back) % std::size(trace_records)]) ? 1 : 0;
    for (; back > 0; --back) {
        const TraceRecord& record = trace_records[(recorded - back) % std::size(trace_records)];
        if (is_shown(record))
            kernel::report("  {:>10} event {} {}", record.time, record.event,
                           NAMES[static_cast<std::size_t>(record.what)]);
    }
}

std::size_t trace_report() {
    if constexpr (!TRACING)
        return 0;
    if (joins_begun != joins_ended)
        trace_violation("a join began and was never resolved", 0);
    const std::size_t count = violation_count;
    for (std::size_t i = 0; i < count && i < KEPT_VIOLATIONS; ++i)
        kernel::report("TRACE event {}: {}", violations[i].event, violations[i].rule);
    if (count > 0)
        trace_dump(RECORDS_SHOWN);
    violation_count = joins_begun = joins_ended = 0;
    return count;
}

} // namespace event
