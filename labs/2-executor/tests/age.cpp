// Ageing: no event starves, and none rises by more or for longer than it must.

#include "arch/interrupts.hpp"
#include "labs/2-executor/tests/support.hpp"

#include <array>
#include <initializer_list>

using event::AGEING_POLLS;
using event::Priority;
using event::Task;

namespace {

// Whoever counts from 0 or from 1 is right by this much.
constexpr std::uint64_t SLACK = 4;

// The most polls of others before one's own, as executor.hpp states it.
constexpr std::uint64_t bound(std::size_t ready) {
    return event::PRIORITY_COUNT * (AGEING_POLLS + ready);
}

// Polls of those who keep the executor busy.
struct Busy {
    std::uint64_t polls = 0;
    bool stop = false;
};

Task<> keep_busy(Busy* busy) {
    while (!busy->stop) {
        ++busy->polls;
        co_await event::yield_now();
    }
}

template<std::size_t COUNT>
using Moments = std::array<std::uint64_t, COUNT>;

// Notes how many polls of the busy ones each of its own had to wait for.
template<std::size_t COUNT>
Task<> wait_for_turns(Busy* busy, Moments<COUNT>* waits, std::size_t* turns) {
    std::uint64_t last = busy->polls;
    while (*turns < COUNT) {
        (*waits)[(*turns)++] = busy->polls - last;
        last = busy->polls;
        co_await event::yield_now();
    }
}

bool start_busy(Busy& busy, std::size_t count, Priority priority) {
    for (std::size_t i = 0; i < count; ++i)
        if (start(keep_busy(&busy), priority) == nullptr)
            return false;
    return true;
}

// Ends the busy ones, and everything else.
void stop(Busy& busy) {
    busy.stop = true;
    run_all();
    EXPECT_EQ(event::live_events(), 0U);
}

} // namespace

TEST(executor, lets_no_event_starve) {
    for (const Priority priority : {Priority::background, Priority::low, Priority::normal}) {
        Busy busy;
        Log log;
        REQUIRE(start(take_turns(&log, 'a', 1), priority) != nullptr);
        REQUIRE(start_busy(busy, 2, Priority::high));
        run_all(bound(3) + 1);
        EXPECT_EQ(log, "a");
        stop(busy);
    }
}

TEST(executor, lets_a_lower_priority_wait) {
    Busy busy;
    Log log;
    REQUIRE(start(take_turns(&log, 'a', 1), Priority::normal) != nullptr);
    REQUIRE(start_busy(busy, 2, Priority::high));
    run_all(AGEING_POLLS - SLACK);
    EXPECT_EQ(log, "");
    EXPECT_EQ(busy.polls, AGEING_POLLS - SLACK);
    stop(busy);
}

TEST(executor, ages_by_one_queue_at_a_time) {
    for (const Priority priority : {Priority::background, Priority::low, Priority::normal}) {
        const std::uint64_t queues = static_cast<std::uint64_t>(Priority::high) - static_cast<std::uint64_t>(priority);
        Busy busy;
        Moments<1> waits{};
        std::size_t turns = 0;
        REQUIRE(start(wait_for_turns(&busy, &waits, &turns), priority) != nullptr);
        REQUIRE(start_busy(busy, 2, Priority::high));
        std::uint64_t before = 0;
        while (turns == 0 && before < bound(3)) {
            before = busy.polls;
            run_all(1);
        }
        EXPECT_GE(before, queues * AGEING_POLLS - SLACK);
        EXPECT_LE(before, queues * (AGEING_POLLS + 2) + SLACK);
        stop(busy);
    }
}

TEST(executor, ages_to_the_end_of_the_queue_above) {
    constexpr std::size_t OTHERS = 20;
    Busy busy;
    Log log;
    REQUIRE(start(take_turns(&log, 'a', 1), Priority::low) != nullptr);
    REQUIRE(start_busy(busy, OTHERS, Priority::normal));
    std::uint64_t before = 0;
    while (log.count() == 0 && before < bound(OTHERS + 1)) {
        before = busy.polls;
        run_all(1);
    }
    EXPECT_GE(before, AGEING_POLLS + OTHERS - SLACK);
    EXPECT_LE(before, AGEING_POLLS + OTHERS + SLACK);
    stop(busy);
}

TEST(executor, falls_back_to_its_own_priority) {
    constexpr std::uint64_t LEAST = 3 * AGEING_POLLS - SLACK;
    constexpr std::size_t TURNS = 4;
    Busy busy;
    Moments<TURNS> waits{};
    std::size_t turns = 0;
    REQUIRE(start_busy(busy, 2, Priority::high));
    REQUIRE(start(wait_for_turns(&busy, &waits, &turns), Priority::background) != nullptr);
    run_all((TURNS + 1) * bound(3));
    EXPECT_EQ(turns, TURNS);
    for (std::size_t i = 1; i < turns; ++i) {
        EXPECT_GE(waits[i], LEAST);
        EXPECT_LE(waits[i], bound(3));
    }
    stop(busy);
}

// Where many wait, all of them rise.
TEST(executor, ages_every_event) {
    constexpr std::size_t COUNT = 50;
    for (const Priority priority : {Priority::background, Priority::low, Priority::normal}) {
        Busy busy;
        Log log;
        for (std::size_t i = 0; i < COUNT; ++i)
            REQUIRE(start(take_turns(&log, static_cast<char>('A' + i), 1), priority) != nullptr);
        REQUIRE(start_busy(busy, 2, Priority::high));
        run_all(bound(COUNT + 2) + 1);
        EXPECT_EQ(log, "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqr");
        stop(busy);
    }
}

namespace {

// Two events of each priority in an executor of the test's own, whose clock the test sets.
class House {
public:
    House() {
        for (unsigned i = 0; i < COUNT; ++i)
            events_[i] = make(take_turns(&log_, 'a', 1), static_cast<Priority>(i / 2));
    }
    ~House() {
        for (event::Event* event : events_)
            if (event != nullptr) {
                event->node.unlink();
                drop(*event);
            }
    }
    bool is_complete() const { return events_[COUNT - 1] != nullptr; }

    // The first or the second of those of that priority.
    event::Event& at(unsigned priority, unsigned which = 0) { return *events_[2 * priority + which]; }

    void schedule(event::Event& event) {
        const arch::InterruptGuard guard;
        executor.schedule(event);
    }
    event::Event* take_next() {
        const arch::InterruptGuard guard;
        return executor.take_next();
    }
    // Whether that queue holds these events, in this order from whichever end, and each knows where it is.
    bool holds(unsigned level, std::initializer_list<const event::Event*> expected) {
        std::size_t forwards = 0;
        std::size_t backwards = 0;
        std::size_t count = 0;
        const event::Event* const* const events = expected.begin();
        for (event::Event* each = executor.queues[level].front(); each != nullptr;
             each = executor.queues[level].next(*each), ++count) {
            if (count == expected.size() || static_cast<unsigned>(each->level) != level)
                return false;
            forwards += events[count] == each ? 1 : 0;
            backwards += events[expected.size() - 1 - count] == each ? 1 : 0;
        }
        return count == expected.size() && (forwards == count || backwards == count);
    }

    event::Executor executor;

private:
    static constexpr unsigned COUNT = 2 * event::PRIORITY_COUNT;
    Log log_;
    std::array<event::Event*, COUNT> events_{};
};

constexpr unsigned HIGH = static_cast<unsigned>(Priority::high);

} // namespace

// AGEING_POLLS polls are enough, and one fewer is not, whatever the count stands at and however far an event must rise.
TEST(executor, ages_at_the_very_poll) {
    for (const std::uint64_t now : {std::uint64_t{0}, (std::uint64_t{1} << 32) - 70, std::uint64_t{1} << 63})
        for (unsigned priority = 0; priority < HIGH; ++priority) {
            House house;
            REQUIRE(house.is_complete());
            house.executor.polls = now;
            event::Event& event = house.at(priority);
            house.schedule(event);
            for (unsigned level = priority; level < HIGH; ++level) {
                house.executor.polls = now + (level - priority + 1) * AGEING_POLLS - 1;
                house.schedule(house.at(HIGH));
                EXPECT(house.take_next() == &house.at(HIGH));
                EXPECT(house.holds(level, {&event}));
                ++house.executor.polls;
                house.schedule(house.at(HIGH));
                EXPECT(house.take_next() == &house.at(HIGH));
                EXPECT(house.holds(level, {}));
                EXPECT(house.holds(level + 1, {&event}));
                EXPECT_EQ(event.queued_at, house.executor.polls);
                EXPECT_EQ(event.priority, static_cast<Priority>(priority));
            }
            EXPECT(house.take_next() == &event);
            EXPECT(house.take_next() == nullptr);
        }
    // Whoever has waited far longer than that has waited long enough, also where the waiting is 0 in so many bits.
    for (const unsigned bits : {8U, 16U, 32U, 63U}) {
        House house;
        REQUIRE(house.is_complete());
        house.schedule(house.at(0));
        house.executor.polls = std::uint64_t{1} << bits;
        house.schedule(house.at(HIGH));
        EXPECT(house.take_next() == &house.at(HIGH));
        EXPECT(house.holds(1, {&house.at(0)}));
    }
}

// Of each queue the first, and no other; none from the highest, which has no queue above; by its own executor's count.
TEST(executor, ages_the_first_of_each_queue) {
    House house;
    House fresh;
    REQUIRE(house.is_complete());
    REQUIRE(fresh.is_complete());
    for (unsigned priority = 0; priority <= HIGH; ++priority)
        for (const unsigned which : {0U, 1U}) {
            house.schedule(house.at(priority, which));
            fresh.schedule(fresh.at(priority, which));
        }
    house.executor.polls = 10 * AGEING_POLLS;
    EXPECT(fresh.take_next() == &fresh.at(HIGH));
    EXPECT(house.take_next() == &house.at(HIGH));
    EXPECT(house.holds(0, {&house.at(0, 1)}));
    EXPECT(house.holds(1, {&house.at(1, 1), &house.at(0)}));
    EXPECT(house.holds(2, {&house.at(2, 1), &house.at(1)}));
    EXPECT(house.holds(HIGH, {&house.at(HIGH, 1), &house.at(2)}));
    for (unsigned priority = 0; priority < HIGH; ++priority)
        EXPECT(fresh.holds(priority, {&fresh.at(priority), &fresh.at(priority, 1)}));
    // The same with nobody in the queue above: who is taken is the first of the highest queue that has any.
    for (const unsigned which : {1U, 0U}) {
        house.at(HIGH, which).node.unlink();
        house.at(2, which).node.unlink();
    }
    house.executor.polls = 20 * AGEING_POLLS;
    EXPECT(house.take_next() == &house.at(1)); // of the queue of normal priority, into which it had aged
    EXPECT(house.holds(0, {}));
    EXPECT(house.holds(1, {&house.at(0), &house.at(0, 1)}));
    EXPECT(house.holds(2, {&house.at(1, 1)}));
}
