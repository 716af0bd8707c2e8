#pragma once

// What the spawner's tests share: tasks to spawn, who was destroyed when, results as numbers.

#include "arch/clock.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/scope.hpp"
#include "kernel/event/sleep.hpp"
#include "kernel/event/spawner.hpp"
#include "kernel/event/tests/names.hpp"
#include "kernel/event/waker.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/mm/new.hpp"
#include "kernel/test/test.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

#if __STDC_HOSTED__
#include "arch/host/machine.hpp"
#endif

// A child of a scope with a join handle to it, which Scope::spawn does not give.
struct event::HandleForTests {
    static JoinHandle<> spawn_in(Scope& scope, Task<> task) {
        const auto child = spawn_frame(task.release(), Priority::low, 0);
        if (!child)
            kernel::panic("the test finds no memory for its events");
        scope.adopt(**child);
        return JoinHandle<>{**child};
    }
};

// A namespace of our own: the tests of other labs are linked too, and have things of these names.
namespace spawner_tests {

using event::JoinHandle;
using event::Scope;
using event::State;
using event::Task;
using kernel::Error;

// What happened, a letter each, in order.
class Log {
public:
    void note(char letter) {
        if (count_ < sizeof text_ - 1)
            text_[count_++] = letter;
    }
    bool operator==(const char* expected) const { return std::string_view{text_, count_} == expected; }
    const char* text() const { return text_; }
    std::size_t count() const { return count_; }

private:
    char text_[64] = {};
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

// Notes its letter when it is destroyed; a moved-from one does not.
class Trace {
public:
    Trace(Log* log, char letter) : log_{log}, letter_{letter} {}
    Trace(Trace&& other) noexcept : log_{std::exchange(other.log_, nullptr)}, letter_{other.letter_} {}
    ~Trace() {
        if (log_ != nullptr)
            log_->note(letter_);
    }
    Trace& operator=(Trace&&) = delete;

private:
    Log* log_;
    char letter_;
};

// A result as a number that a test can compare: itself, or one below zero for an error.
inline int number_of(Error error) {
    return -1 - static_cast<int>(error);
}
inline int number_of(const std::expected<int, Error>& result) {
    return result ? *result : number_of(result.error());
}
inline constexpr int NOTHING = -100; // no result yet

// Spawns, or panics: for tests of something else.
template<typename T>
JoinHandle<T> must_spawn(Task<T> task, event::Priority priority = event::Priority::normal) {
    auto handle = event::spawn(std::move(task), priority);
    if (!handle)
        kernel::panic("the test finds no memory for its events");
    return std::move(*handle);
}

// Waits to be woken so many times, then gives the number.
inline Task<int> wait_then_give(int number, unsigned wakes = 1) {
    for (; wakes > 0; --wakes)
        co_await event::blocked();
    co_return number;
}
inline Task<int> give(int number) {
    co_return number;
}
inline Task<> wait_for_ever() {
    for (;;)
        co_await event::blocked();
}

// The same, with something to be destroyed.
inline Task<> hold(Log* log, char letter) {
    const Trace trace{log, letter};
    for (;;)
        co_await event::blocked();
}

// Joins, and notes what came of it.
inline Task<> join_into(JoinHandle<int>* handle, int* result) {
    *result = NOTHING;
    *result = number_of(co_await *handle);
}

// Polls until nothing is ready. False when that takes more polls than `limit`.
inline bool settle(unsigned limit = 200'000) {
    while (event::executor().run_once())
        if (limit-- == 0)
            return false;
    event::reap();
    return true;
}

// Polls until all events have ended, letting time go by while nothing is ready. False when that takes too long: what is
// left waits for a wake-up that does not come.
inline bool run_to_the_end(std::uint64_t nanoseconds = 20'000'000) {
    const std::uint64_t end = arch::now() + nanoseconds;
    while (event::executor().unfinished > 0 && arch::now() < end) {
        event::executor().run_once();
#if __STDC_HOSTED__
        host::advance_time(500);
#endif
    }
    event::reap();
    return event::executor().unfinished == 0;
}

inline void wake(const JoinHandle<int>& handle) {
    event::wake(*handle.get());
}

// At the end of a test: no event runs any more, and none is kept by a reference that was not given back.
inline void expect_nothing_left() {
    event::reap();
    EXPECT_EQ(event::executor().unfinished, 0u);
    EXPECT_EQ(event::live_events(), 0u);
}

} // namespace spawner_tests
using namespace spawner_tests;
