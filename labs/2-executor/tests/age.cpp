// Ageing: no event starves, and none rises by more or for longer than it must.

#include "labs/2-executor/tests/support.hpp"

#include <array>

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
