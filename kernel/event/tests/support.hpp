#pragma once

#include "kernel/event/executor.hpp"
#include "kernel/event/sleep.hpp"
#include "kernel/event/task.hpp"
#include "kernel/event/tests/names.hpp"
#include "kernel/test/test.hpp"

// What the tests of tasks and events share.
namespace event_test {

// How many of these live.
class Counted {
public:
    explicit Counted(int* live) : live_{live} { ++*live_; }
    Counted(Counted&& other) noexcept : live_{other.live_} { ++*live_; }
    Counted& operator=(Counted&&) = delete;
    ~Counted() { --*live_; }

private:
    int* live_;
};

// Runs a task to its end on the executor, as the only event.
inline void run(event::Task<> task) {
    const auto made = event::Event::create(task.release());
    EXPECT(made.has_value());
    if (!made)
        return;
    event::executor().start(**made);
    for (int limit = 0; limit < 1000 && event::executor().run_once(); ++limit)
        event::reap();
    EXPECT_EQ(event::live_events(), 0U);
}

} // namespace event_test
