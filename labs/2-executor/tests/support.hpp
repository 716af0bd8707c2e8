#pragma once

#include "kernel/event/executor.hpp"
#include "kernel/event/sleep.hpp"
#include "kernel/event/task.hpp"
#include "kernel/event/tests/names.hpp"
#include "kernel/test/test.hpp"

#include <string_view>

// What the tests of the executor share.

// A namespace of our own: the tests of other labs are linked too, and have things of these names.
namespace executor_tests {

// Who did something, a letter each, in order: EXPECT_EQ(log, "abc").
class Log {
public:
    void note(char letter) {
        if (count_ < sizeof text_ - 1)
            text_[count_++] = letter;
    }
    const char* text() const { return text_; }
    std::size_t count() const { return count_; }
    bool operator==(std::string_view expected) const { return std::string_view{text_, count_} == expected; }

private:
    char text_[256] = {};
    std::size_t count_ = 0;
};

#if __STDC_HOSTED__
inline doctest::String toString(const Log& log) {
    return log.text();
}
#else
inline test::Value value_of(const Log& log) {
    return test::value_of(log.text());
}
#endif

// Notes `name` each time that it is polled, and ends with the `polls`-th.
inline event::Task<> take_turns(Log* log, char name, unsigned polls) {
    for (unsigned i = 1; i < polls; ++i) {
        log->note(name);
        co_await event::yield_now();
    }
    log->note(name);
}

// An event of the task, in state created. Null, and a failure, when there is no memory.
inline event::Event* make(event::Task<> task, event::Priority priority = event::Priority::normal) {
    const auto made = event::Event::create(task.release(), priority);
    EXPECT(made.has_value());
    return made.value_or(nullptr);
}

// The same, started on this core's executor.
inline event::Event* start(event::Task<> task, event::Priority priority = event::Priority::normal) {
    event::Event* const event = make(std::move(task), priority);
    if (event != nullptr)
        event::executor().start(*event);
    return event;
}

// Polls an event that is in no queue, for tests of Event::poll alone: as if it had been queued and taken, so that it
// goes the ways of the diagram (state.hpp) and a traced build finds nothing to object to.
inline event::Poll poll_alone(event::Event& event) {
    event.state = event::State::ready;
    event.state = event::State::running;
    return event.poll();
}

// Ends an event that was polled alone or finished by hand.
inline void drop(event::Event& event) {
    if (event.state != event::State::finished)
        event.state = event::State::finished;
    event::destroy_frames(event);
    event.release();
}

// Runs the executor until nothing is ready, or `limit` polls were made: with a mistake it may go on for ever. How many
// were made.
inline std::uint64_t run_all(std::uint64_t limit = 100'000) {
    std::uint64_t made = 0;
    while (made < limit && event::executor().run_once())
        ++made;
    event::reap();
    return made;
}

} // namespace executor_tests
using namespace executor_tests;
