#pragma once

#include <cstddef>
#include <cstdint>

// What happened to every event, recorded as it happens, when the kernel is built with `make TRACE=1`; otherwise nothing
// of it is in the image. Only given code records: the state of an event does so itself (state.hpp), whoever changes it.
// So what the harness reads here is no student's word.
namespace event {

#ifdef POLLUX_TRACE
inline constexpr bool TRACING = true;
#else
inline constexpr bool TRACING = false;
#endif

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
};

struct TraceRecord {
    std::uint64_t event; // its id
    std::uint64_t time;  // nanoseconds of arch::now()
    Trace what;
};

// The latest records are kept, this many.
inline constexpr std::size_t TRACE_RECORDS = 1024;

// Out of line, for trace. Interrupts on or off, handlers too.
void trace_record(Trace what, std::uint64_t event);

inline void trace(Trace what, std::uint64_t event) {
    if constexpr (TRACING)
        trace_record(what, event);
}

// Notes that a rule was broken: the text (a literal) and the event. The first few are kept, all are counted.
void trace_violation(const char* rule, std::uint64_t event);

// Reports the violations since the last call, with the latest records of the events concerned, and returns how many
// there were. With events still alive, what they owe is not asked for.
std::size_t trace_report();

// Prints the latest `count` records, the oldest first.
void trace_dump(std::size_t count);

} // namespace event
