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

// `level` and `queued_at` are what ageing goes by. The count of polls outgrows 32 bits in a day.
TEST(executor, writes_down_where_it_queues) {
    constexpr std::array ALL = {Priority::background, Priority::low,        Priority::normal, Priority::high,
                                Priority::high,       Priority::background, Priority::normal, Priority::low};
    Executor executor;
    Crowd crowd;
    REQUIRE(crowd.fill(ALL));
    std::uint64_t polls = 0;
    for (Event* event : crowd.events) {
        executor.polls = polls;
        event->level = Priority::high; // as it may be left by ageing
        schedule(executor, *event);
        EXPECT_EQ(event->level, event->priority);
        EXPECT_EQ(event->queued_at, polls);
        EXPECT(!executor.queues[static_cast<unsigned>(event->priority)].is_empty());
        polls = polls * 251 + 7;
    }
    executor.polls = 0; // nobody has waited
    for (const std::size_t expected : {3, 4, 2, 6, 1, 7, 0, 5}) {
        EXPECT(take_next(executor) == crowd.events[expected]);
        EXPECT_EQ(crowd.events[expected]->priority, ALL[expected]);
    }
}

// A cancelled event leaves its queue without a word to the executor, wherever in it it was, and however many are there.
TEST(executor, misses_nothing_that_left_its_queue) {
    for (unsigned level = 0; level < event::PRIORITY_COUNT; ++level)
        for (const std::size_t gone : {0, 1, 2}) {
            Executor executor;
            Crowd crowd;
            std::array<Priority, 8> priorities = ALL_NORMAL;
            priorities[0] = priorities[1] = priorities[2] = static_cast<Priority>(level);
            REQUIRE(crowd.fill(priorities));
            for (std::size_t i = 0; i < 3; ++i)
                schedule(executor, *crowd.events[i]);
            crowd.events[gone]->node.unlink();
            for (std::size_t i = 0; i < 3; ++i)
                if (i != gone)
                    EXPECT(take_next(executor) == crowd.events[i]);
            EXPECT(take_next(executor) == nullptr);
            // The only one of the highest queue goes, and of the queue between: those of the others are found.
            for (std::size_t i = 0; i < 3; ++i) {
                crowd.events[3 + i]->priority = static_cast<Priority>((level + i) % event::PRIORITY_COUNT);
                schedule(executor, *crowd.events[3 + i]);
            }
            crowd.events[3 + gone]->node.unlink();
            std::size_t found = 0;
            unsigned last = event::PRIORITY_COUNT;
            while (const Event* const next = take_next(executor)) {
                EXPECT(next != crowd.events[3 + gone]);
                EXPECT_LT(static_cast<unsigned>(next->priority), last);
                last = static_cast<unsigned>(next->priority);
                ++found;
            }
            EXPECT_EQ(found, 2U);
            EXPECT(take_next(executor) == nullptr);
        }
}
