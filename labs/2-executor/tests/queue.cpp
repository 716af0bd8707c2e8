// Executor::schedule and take_next: who comes next. The executor of these tests is one of their own.

#include "arch/interrupts.hpp"
#include "labs/2-executor/tests/support.hpp"

#include <array>

using event::Event;
using event::Executor;
using event::Priority;
using event::State;

namespace {

constexpr std::array ALL_NORMAL = {Priority::normal, Priority::normal, Priority::normal, Priority::normal,
                                   Priority::normal, Priority::normal, Priority::normal, Priority::normal};

// Events that are never polled. Dies before the executor whose queues it is in.
struct Crowd {
    Log log;
    std::array<Event*, 8> events{};

    bool fill(const std::array<Priority, 8>& priorities = ALL_NORMAL) {
        for (std::size_t i = 0; i < events.size(); ++i)
            if ((events[i] = make(take_turns(&log, 'a', 1), priorities[i])) == nullptr)
                return false;
        return true;
    }
    ~Crowd() {
        for (Event* event : events)
            if (event != nullptr) {
                event->node.unlink();
                drop(*event);
            }
    }
};

void schedule(Executor& executor, Event& event) {
    arch::InterruptGuard guard;
    executor.schedule(event);
}

Event* take_next(Executor& executor) {
    arch::InterruptGuard guard;
    return executor.take_next();
}

} // namespace

TEST(executor, takes_nothing_when_nothing_is_ready) {
    Executor executor;
    Crowd crowd;
    REQUIRE(crowd.fill());
    EXPECT(take_next(executor) == nullptr);
    schedule(executor, *crowd.events[0]);
    EXPECT(take_next(executor) == crowd.events[0]);
    EXPECT(take_next(executor) == nullptr);
    EXPECT(take_next(executor) == nullptr);
}

TEST(executor, takes_the_first_come_first) {
    Executor executor;
    Crowd crowd;
    REQUIRE(crowd.fill());
    for (std::size_t i = 0; i < 4; ++i)
        schedule(executor, *crowd.events[i]);
    REQUIRE(take_next(executor) == crowd.events[0]);
    REQUIRE(take_next(executor) == crowd.events[1]);
    schedule(executor, *crowd.events[0]);
    schedule(executor, *crowd.events[4]);
    for (const std::size_t expected : {2, 3, 0, 4})
        EXPECT(take_next(executor) == crowd.events[expected]);
    EXPECT(take_next(executor) == nullptr);
}

TEST(executor, takes_the_higher_priority_first) {
    constexpr std::array ORDER = {Priority::low,    Priority::high,       Priority::background, Priority::normal,
                                  Priority::normal, Priority::background, Priority::high,       Priority::low};
    Executor executor;
    Crowd crowd;
    REQUIRE(crowd.fill(ORDER));
    for (Event* event : crowd.events)
        schedule(executor, *event);
    for (const std::size_t expected : {1, 6, 3, 4, 0, 7, 2, 5})
        EXPECT(take_next(executor) == crowd.events[expected]);
    EXPECT(take_next(executor) == nullptr);
}

TEST(executor, notes_where_an_event_is) {
    Executor executor;
    Crowd crowd;
    REQUIRE(crowd.fill());
    Event& event = *crowd.events[0];
    EXPECT_EQ(event.state.load(), State::created);
    schedule(executor, event);
    EXPECT_EQ(event.state.load(), State::ready);
    EXPECT(event.node.is_linked());
    REQUIRE(take_next(executor) == &event);
    EXPECT_EQ(event.state.load(), State::running);
    EXPECT(!event.node.is_linked());
    event.state = State::blocked;
    schedule(executor, event);
    EXPECT_EQ(event.state.load(), State::ready);
}

// One a core: an executor's queues are its own.
TEST(executor, is_not_the_only_one) {
    Executor one;
    Executor other;
    Crowd crowd;
    REQUIRE(crowd.fill());
    schedule(one, *crowd.events[0]);
    schedule(other, *crowd.events[1]);
    EXPECT(take_next(other) == crowd.events[1]);
    EXPECT(take_next(other) == nullptr);
    EXPECT(take_next(one) == crowd.events[0]);
    EXPECT(take_next(event::executor()) == nullptr);
}
