#include "kernel/event/trace.hpp"

#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "kernel/lib/report.hpp"

namespace event {

namespace {

constexpr std::size_t KEPT_VIOLATIONS = 4;
constexpr std::size_t RECORDS_SHOWN = 16;

struct Violation {
    const char* rule;
    std::uint64_t event;
};

constinit TraceRecord records[TRACING ? TRACE_RECORDS : 1]{};
constinit std::size_t record_count = 0;
constinit Violation violations[KEPT_VIOLATIONS]{};
constinit std::size_t violation_count = 0;
constinit std::size_t joins_begun = 0;
constinit std::size_t joins_ended = 0;

constexpr const char* NAMES[] = {"created", "queued",   "taken", "polled",     "woken",
                                 "blocked", "finished", "freed", "join begun", "join ended"};

} // namespace

void trace_record(Trace what, std::uint64_t event) {
    arch::InterruptGuard guard;
    records[record_count++ % TRACE_RECORDS] = {event, arch::now(), what};
    joins_begun += what == Trace::join_begun ? 1 : 0;
    joins_ended += what == Trace::join_ended ? 1 : 0;
}

void trace_violation(const char* rule, std::uint64_t event) {
    arch::InterruptGuard guard;
    if (violation_count < KEPT_VIOLATIONS)
        violations[violation_count] = {rule, event};
    ++violation_count;
}

void trace_dump(std::size_t count) {
    const std::size_t kept = record_count < TRACE_RECORDS ? record_count : TRACE_RECORDS;
    for (std::size_t back = count < kept ? count : kept; back > 0; --back) {
        const TraceRecord& record = records[(record_count - back) % TRACE_RECORDS];
        kernel::report("  {:>10} event {} {}", record.time, record.event, NAMES[static_cast<std::size_t>(record.what)]);
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
