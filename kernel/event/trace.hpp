#pragma once

#include "kernel/lib/moment.hpp"

#include <cstddef>
#include <cstdint>

// What happened to every event, recorded as it happens, when the kernel is built with `make TRACE=1`; otherwise nothing
// of it is in the image. Only given code records: the state of an event does so itself (state.hpp), whoever changes it,
// and a call of wake is seen on its way (trace_wake.cpp). So what the harness reads here is no student's word.
//
// `make timeline` draws the records. It reads them out of the memory of the machine, from outside, so a run is the same
// whether anybody looks or not (grader/pollux/timeline/records.py).
namespace event {

using kernel::TRACING;

enum class Trace : std::uint8_t {
    created,
    queued, // became ready, by schedule or by a wake-up
    taken,  // became running
    polled, // its frames begin to run
    woken,  // was woken while it ran
    blocked,
    finished,
    freed,
    join_begun, // of the event that is awaited
    join_ended,
    wake_called, // wake, whatever it then does
    waits,       // follows `blocked`: for what, and in which line
    broken,      // a rule was broken
    interrupt_begins,
    interrupt_ends,
    halts,
    test_begins,
    test_ends,
};

// The kernel's addresses have their upper halves in common (kernel.ld), so a lower half says which one.
struct TraceRecord {
    std::uint64_t time;  // nanoseconds of arch::now()
    std::uint64_t event; // its id; 0: of none
    std::uint32_t by;    // the id of the event that ran, 0: none; of `waits` the line
    std::uint32_t where; // created: the function; waits: what, a text; broken: the rule; test_begins: its Case;
                         // interrupt_begins: the instruction interrupted; else the instruction that did it
    std::uint32_t more;  // created: the pid; waits: the file, a text; interrupt_begins: the vector
    Trace what;
    std::uint8_t core;
    std::uint8_t in_handler; // 1: an interrupt handler did it
    std::uint8_t priority;   // created: its own
};
static_assert(sizeof(TraceRecord) == 32);

// The latest records are kept, this many.
inline constexpr std::size_t TRACE_RECORDS = std::size_t{1} << 17;

// What a record says beside what, of whom and when: its members of these names, `by` of `waits` only.
struct TraceDetail {
    std::uintptr_t where = 0;
    std::uintptr_t more = 0;
    std::uint32_t by = 0;
    std::uint8_t priority = 0;
};

// Out of line, for trace. Interrupts on or off, handlers too.
void trace_record(Trace what, std::uint64_t event, const TraceDetail& detail = {});

inline void trace(Trace what, std::uint64_t event) {
    if constexpr (TRACING)
        trace_record(what, event);
}

// Has the machine's own moments recorded too. For event::initialise.
void trace_initialise();

// Notes that a rule was broken: the text (a literal) and the event. The first few are kept, all are counted.
void trace_violation(const char* rule, std::uint64_t event);

// Reports the violations since the last call, with the latest records of the events concerned, and returns how many
// there were. With events still alive, what they owe is not asked for.
std::size_t trace_report();

// Prints the latest `count` records, the oldest first.
void trace_dump(std::size_t count);

} // namespace event
