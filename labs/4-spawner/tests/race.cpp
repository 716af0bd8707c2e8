// Races and time-outs over the layer: exactly one wins, and the others are gone when the race is over.

#include "kernel/event/timeout.hpp"
#include "labs/4-spawner/tests/support.hpp"

namespace {

Task<int> hold_then_give(Log* log, char letter, event::EventReference* itself, int number) {
    const Trace local{log, letter};
    *itself = event::EventReference{*event::current()};
    co_await event::blocked();
    log->note('+');
    co_return number;
}

struct Racers {
    Log log;
    event::EventReference a;
    event::EventReference b;
    std::size_t winner = 9;
    int result = NOTHING;
};

Task<> race_two(Racers* racers) {
    const auto won = co_await event::race(hold_then_give(&racers->log, 'a', &racers->a, 1),
                                          hold_then_give(&racers->log, 'b', &racers->b, 2));
    racers->log.note('w');
    racers->winner = won.index();
    racers->result = number_of(won.index() == 0 ? *std::get_if<0>(&won) : *std::get_if<1>(&won));
}

} // namespace

TEST(race, has_the_first_as_its_winner) {
    for (const bool second : {false, true}) {
        Racers racers;
        {
            const auto owner = must_spawn(race_two(&racers));
            EXPECT(settle());
            REQUIRE((racers.a && racers.b));
            event::wake(*(second ? racers.b : racers.a).get());
            EXPECT(settle());
            EXPECT_EQ(racers.winner, second ? 1u : 0u);
            EXPECT_EQ(racers.result, second ? 2 : 1);
            EXPECT_EQ(racers.log, second ? "+baw" : "+abw");
            EXPECT_EQ(owner.get()->polls, 2u);
        }
        racers.a = racers.b = {};
        expect_nothing_left();
    }
}

TEST(race, has_one_winner_when_both_are_over) {
    Racers racers;
    {
        const auto owner = must_spawn(race_two(&racers), event::Priority::high);
        EXPECT(settle());
        REQUIRE((racers.a && racers.b));
        owner.get()->priority = event::Priority::background; // both children run before it
        event::wake(*racers.b.get());
        event::wake(*racers.a.get());
        EXPECT(settle());
        EXPECT_EQ(racers.winner, 0u);
        EXPECT_EQ(racers.log, "+b+aw");
    }
    racers.a = racers.b = {};
    expect_nothing_left();
}

TEST(race, is_cancelled_with_all_its_racers) {
    Racers racers;
    {
        auto owner = must_spawn(race_two(&racers));
        EXPECT(settle());
        owner.cancel();
        EXPECT_EQ(racers.log, "ab");
    }
    racers.a = racers.b = {};
    EXPECT_EQ(racers.winner, 9u);
    expect_nothing_left();
}

namespace {

Task<> race_a_handle(JoinHandle<int>* handle, std::size_t* winner, int* result) {
    const auto won = co_await event::race(event::sleep_for(50'000), *handle);
    *winner = won.index();
    *result = number_of(co_await *handle); // as it was
}

} // namespace

TEST(race, leaves_a_handle_that_lost_as_it_was) {
    std::size_t winner = 9;
    int result = NOTHING;
    {
        auto child = must_spawn(wait_then_give(42));
        const auto owner = must_spawn(race_a_handle(&child, &winner, &result));
        EXPECT(!run_to_the_end(2'000'000));
        EXPECT_EQ(winner, 0u);
        wake(child);
        EXPECT(run_to_the_end());
        EXPECT_EQ(result, 42);
    }
    expect_nothing_left();
}

namespace {

Task<int> sleep_then_give(std::uint64_t nanoseconds, int number) {
    co_await event::sleep_for(nanoseconds);
    co_return number;
}
Task<> limit(std::uint64_t work, std::uint64_t time, int* result) {
    *result = number_of(co_await event::with_timeout(sleep_then_give(work, 42), time));
}

} // namespace

namespace {

Task<> nest_races(std::size_t* winner) {
    const auto won = co_await event::with_timeout(
        event::race(sleep_then_give(4'000'000, 1), event::with_timeout(sleep_then_give(10'000, 2), 3'000'000)),
        5'000'000);
    *winner = won ? won->index() : 9;
}

} // namespace

TEST(timeout, nests) {
    std::size_t winner = 9;
    {
        const auto owner = must_spawn(nest_races(&winner));
        EXPECT(run_to_the_end(2'000'000));
    }
    EXPECT_EQ(winner, 1u);
    expect_nothing_left();
}

TEST(timeout, gives_the_result_in_time) {
    int result = NOTHING;
    {
        const auto owner = must_spawn(limit(10'000, 5'000'000, &result));
        EXPECT(run_to_the_end(2'000'000)); // not when the time is up
    }
    EXPECT_EQ(result, 42);
    expect_nothing_left();
}

TEST(timeout, cancels_what_takes_too_long) {
    int results[2] = {NOTHING, NOTHING};
    {
        const auto owner = must_spawn(limit(5'000'000, 10'000, &results[0]));
        const auto at_once = must_spawn(limit(0, 0, &results[1]));
        EXPECT(run_to_the_end(3'000'000));
    }
    EXPECT_EQ(results[0], number_of(Error::timed_out));
    EXPECT_EQ(results[1], number_of(Error::timed_out));
    expect_nothing_left();
}

namespace {

Task<> join_in_time(JoinHandle<int>* handle, int* first, int* second) {
    *first = number_of(co_await event::with_timeout(*handle, 10'000));
    *second = number_of(co_await event::with_timeout(*handle, 5'000'000));
}

} // namespace

TEST(timeout, of_a_join_keeps_the_handle) {
    int first = NOTHING;
    int second = NOTHING;
    {
        auto child = must_spawn(sleep_then_give(500'000, 42));
        const auto owner = must_spawn(join_in_time(&child, &first, &second));
        EXPECT(run_to_the_end());
    }
    EXPECT_EQ(first, number_of(Error::timed_out));
    EXPECT_EQ(second, 42);
    expect_nothing_left();
}

TEST(race, finds_no_memory_at_any_place) {
    int result = NOTHING;
    for (std::size_t failing = 1; failing <= 3; ++failing) {
        {
            const auto owner = must_spawn(limit(1'000, 5'000'000, &result));
            heap::fail_allocation(failing);
            EXPECT(run_to_the_end());
            heap::fail_allocation(0);
        }
        EXPECT_EQ(result, failing <= 2 ? number_of(Error::out_of_memory) : 42); // the frame, the event, neither
        expect_nothing_left();
    }
}
