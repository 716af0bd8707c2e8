#pragma once

// What a failed expectation calls the values of the kernel's enums.

#include "kernel/event/event.hpp"
#include "kernel/event/poll.hpp"
#include "kernel/event/state.hpp"
#include "kernel/lib/error.hpp"
#include "kernel/test/test.hpp"

#include <iterator>
#include <utility>

namespace event {

constexpr const char* name_of(Poll poll) {
    return poll == Poll::ready ? "ready" : "pending";
}

constexpr const char* name_of(State state) {
    constexpr const char* NAMES[] = {"created", "ready", "running", "woken", "blocked", "finished"};
    return std::to_underlying(state) < std::size(NAMES) ? NAMES[std::to_underlying(state)] : "no state";
}
static_assert(name_of(State::finished)[0] == 'f');

#if __STDC_HOSTED__
inline doctest::String toString(Poll poll) {
    return name_of(poll);
}
inline doctest::String toString(State state) {
    return name_of(state);
}
#else
inline test::Value value_of(Poll poll) {
    return test::value_of(name_of(poll));
}
inline test::Value value_of(State state) {
    return test::value_of(name_of(state));
}
// By its id, as reports and the trace call it.
inline test::Value value_of(const Event* event) {
    return event == nullptr ? test::value_of(nullptr) : test::Value{test::Value::Kind::event, event->id};
}
inline test::Value value_of(Event* event) {
    return value_of(static_cast<const Event*>(event));
}
#endif

} // namespace event

namespace kernel {

constexpr const char* name_of(Error error) {
    constexpr const char* NAMES[] = {"out_of_memory", "cancelled",      "already_joined", "timed_out",
                                     "closed",        "deadlock",       "bad_address",    "bad_argument",
                                     "not_found",     "already_mapped", "too_many",       "too_long",
                                     "bad_program",   "bad_descriptor", "bad_call"};
    return std::to_underlying(error) < std::size(NAMES) ? NAMES[std::to_underlying(error)] : "no error";
}
static_assert(name_of(Error::bad_call)[4] == 'c');

#if __STDC_HOSTED__
inline doctest::String toString(Error error) {
    return name_of(error);
}
#else
inline test::Value value_of(Error error) {
    return test::value_of(name_of(error));
}
#endif

} // namespace kernel
