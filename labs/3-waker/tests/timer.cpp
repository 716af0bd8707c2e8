// Sleeping: who wakes when, and in which order.

#include "kernel/lib/random.hpp"
#include "labs/3-waker/tests/support.hpp"

namespace {

// The numbers of the sleepers that went on, in that order.
unsigned order[64];
unsigned woken;

event::Task<> numbered_sleeper(std::uint64_t deadline, unsigned number) {
    co_await event::sleep_until(deadline);
    order[woken++ % 64] = number;
}

} // namespace

TEST(timer, wakes_a_sleeper) {
    std::uint64_t woke_at = 0;
    const std::uint64_t deadline = arch::now() + MILLISECOND;
    const event::EventReference sleeping = start(sleeper(deadline, &woke_at));
    REQUIRE(settle());
    EXPECT_EQ(sleeping->state.load(), event::State::blocked);
    event::executor().run();
    EXPECT_GE(woke_at, deadline);
    EXPECT_LT(woke_at, deadline + 300 * MICROSECOND);
    EXPECT_EQ(sleeping->polls, 2U);
}

// With interrupts taken while others run, not only while the kernel idles.
TEST(timer, wakes_a_sleeper_while_others_run) {
    const event::EventReference sleeping = start(sleeper(arch::now() + MILLISECOND));
    REQUIRE(settle());
    pass(2 * MILLISECOND);
    EXPECT_EQ(sleeping->state.load(), event::State::ready);
    REQUIRE(settle());
    EXPECT_EQ(sleeping->polls, 2U);
}

// One interrupt, one deadline, all of its sleepers.
TEST(timer, wakes_all_that_are_due) {
    constexpr unsigned COUNT = 100;
    event::EventReference sleeping[COUNT];
    const std::uint64_t deadline = arch::now() + 100 * MILLISECOND;
    for (unsigned i = 0; i < COUNT; ++i)
        sleeping[i] = start(sleeper(i % 2 == 0 ? deadline : deadline - i));
    REQUIRE(settle());
    {
        arch::InterruptGuard guard;
        while (arch::now() <= deadline)
            ;
    }
    pass(10 * MICROSECOND);
    EXPECT_EQ(ready_count(), COUNT);
    EXPECT_EQ(blocked_count(), 0U);
    event::executor().run();
}

TEST(timer, wakes_in_order_of_deadline) {
    constexpr unsigned COUNT = 64;
    kernel::Random random(test::seed());
    unsigned places[COUNT];
    for (unsigned i = 0; i < COUNT; ++i)
        places[i] = i;
    for (unsigned i = COUNT; i > 1; --i)
        std::swap(places[i - 1], places[random.below(i)]);
    for (const std::uint64_t distance : {MICROSECOND / 20, MICROSECOND, 77 * MICROSECOND, 3 * MILLISECOND}) {
        woken = 0;
        const std::uint64_t begun = arch::now() + 50 * MILLISECOND;
        for (const unsigned place : places)
            start(numbered_sleeper(begun + place * distance, place));
        event::executor().run();
        EXPECT_EQ(woken, COUNT);
        for (unsigned i = 0; i < COUNT; ++i)
            EXPECT_EQ(order[i], i);
    }
    // Further apart than 32 bits of nanoseconds, of which less would be left than the others have.
    woken = 0;
    const std::uint64_t begun = arch::now();
    start(numbered_sleeper(begun + (std::uint64_t{1} << 32) + 100 * MILLISECOND, 2));
    start(numbered_sleeper(begun + 300 * MILLISECOND, 1));
    start(numbered_sleeper(begun + 50 * MILLISECOND, 0));
    event::executor().run();
    for (unsigned i = 0; i < 3; ++i)
        EXPECT_EQ(order[i], i);
    EXPECT_GE(arch::now(), begun + (std::uint64_t{1} << 32) + 100 * MILLISECOND);
}

// Three deadlines, the sleepers of each in the order in which they came, whenever that was; near and far, since a queue
// may move them several times before they are due.
TEST(timer, wakes_ties_in_order_of_arrival) {
    constexpr unsigned COUNT = 48;
    for (const std::uint64_t first : {15U, 18U, 24U, 45U, 90U}) {
        woken = 0;
        const std::uint64_t begun = arch::now();
        const auto add = [begun, first](unsigned number) {
            start(numbered_sleeper(begun + (first + 10 * (2 - number % 3)) * MILLISECOND, number));
        };
        for (unsigned i = 0; i < COUNT / 2; ++i)
            add(i);
        const event::EventReference early = start(sleeper(begun + MILLISECOND));
        run_to_end_of(early);
        for (unsigned i = COUNT / 2; i < COUNT; ++i)
            add(i);
        event::executor().run();
        EXPECT_EQ(woken, COUNT);
        for (unsigned i = 0; i < COUNT; ++i)
            EXPECT_EQ(order[i], 2 - i / 16 + 3 * (i % 16));
    }
    // The smallest case in which a pairing heap goes wrong: what is removed lies above one of two that tie.
    woken = 0;
    const std::uint64_t begun = arch::now();
    const event::EventReference first = start(sleeper(begun + MILLISECOND));
    const event::EventReference removed = start(sleeper(begun + 10 * MILLISECOND));
    start(numbered_sleeper(begun + 20 * MILLISECOND, 0));
    start(sleeper(begun + 5 * MILLISECOND));
    start(numbered_sleeper(begun + 20 * MILLISECOND, 1));
    run_to_end_of(first);
    cancel_by_hand(removed);
    event::executor().run();
    EXPECT_EQ(order[0], 0U);
    EXPECT_EQ(order[1], 1U);
    // And any other: about a third of them are removed again, and now and then another one rings.
    kernel::Random random(test::seed());
    for (unsigned round = 0; round < 10; ++round) {
        woken = 0;
        event::EventReference sleeping[COUNT];
        std::uint64_t deadlines[COUNT];
        const std::uint64_t start_of_round = arch::now();
        for (unsigned i = 0; i < COUNT; ++i) {
            deadlines[i] = start_of_round + (20 + 10 * random.below(4)) * MILLISECOND;
            sleeping[i] = start(numbered_sleeper(deadlines[i], i));
            if (random.below(8) == 0)
                run_to_end_of(start(sleeper(arch::now() + 100 * MICROSECOND)));
            REQUIRE(settle());
            const std::uint64_t chosen = random.below(i + 1);
            if (random.below(2) == 0 && sleeping[chosen]->state == event::State::blocked)
                cancel_by_hand(sleeping[chosen]);
        }
        event::executor().run();
        for (unsigned i = 1; i < woken; ++i) {
            EXPECT_LE(deadlines[order[i - 1]], deadlines[order[i]]);
            if (deadlines[order[i - 1]] == deadlines[order[i]])
                EXPECT_LT(order[i - 1], order[i]);
        }
        EXPECT_GE(woken, 8U);
    }
}

TEST(timer, rearms_for_an_earlier_deadline) {
    std::uint64_t woke_at[3] = {};
    const std::uint64_t begun = arch::now();
    const std::uint64_t deadlines[3] = {begun + 500 * MILLISECOND, begun + 50 * MILLISECOND, begun + 5 * MILLISECOND};
    for (unsigned i = 0; i < 3; ++i) {
        start(sleeper(deadlines[i], &woke_at[i]));
        REQUIRE(settle());
    }
    event::executor().run();
    for (unsigned i = 0; i < 3; ++i) {
        EXPECT_GE(woke_at[i], deadlines[i]);
        EXPECT_LT(woke_at[i], deadlines[i] + 300 * MICROSECOND);
    }
}

// A later deadline must not put off an earlier one, and each ring arms for the next.
TEST(timer, rearms_for_the_next_deadline) {
    std::uint64_t woke_at[5] = {};
    const std::uint64_t begun = arch::now();
    for (unsigned i = 0; i < 5; ++i) {
        start(sleeper(begun + (i + 1) * (i + 1) * 5 * MILLISECOND, &woke_at[i]));
        REQUIRE(settle());
    }
    event::executor().run();
    for (unsigned i = 0; i < 5; ++i) {
        EXPECT_GE(woke_at[i], begun + (i + 1) * (i + 1) * 5 * MILLISECOND);
        EXPECT_LT(woke_at[i], begun + (i + 1) * (i + 1) * 5 * MILLISECOND + 300 * MICROSECOND);
    }
}

// One event, many sleeps: what a sleep leaves in the queue shows in the next.
TEST(timer, wakes_the_same_sleeper_again_and_again) {
    constexpr auto sleeps = [](unsigned times) static -> event::Task<> {
        for (unsigned i = 1; i <= times; ++i)
            co_await event::sleep_for(i * 37 * MICROSECOND);
    };
    const std::uint64_t begun = arch::now();
    const event::EventReference first = start(sleeps(100));
    const event::EventReference second = start(sleeps(100));
    event::executor().run();
    EXPECT_GE(arch::now(), begun + 5050 * 37 * MICROSECOND);
    EXPECT_EQ(first->polls, 101U);
    EXPECT_EQ(second->polls, 101U);
}

TEST(timer, stays_silent_without_a_deadline) {
    const event::EventReference sleeping = start(sleeper(arch::now() + MILLISECOND));
    event::executor().run();
    const std::uint64_t interrupts = arch::interrupt_count();
    pass(20 * MILLISECOND);
    EXPECT_EQ(arch::interrupt_count(), interrupts);
    EXPECT_EQ(sleeping->polls, 2U);
}

namespace {

constexpr unsigned TIES = 600;
unsigned tie_order[TIES];
unsigned ties_woken;

event::Task<> tied_sleeper(std::uint64_t deadline, unsigned number) {
    co_await event::sleep_until(deadline);
    if (ties_woken < TIES)
        tie_order[ties_woken] = number;
    ++ties_woken;
}

} // namespace

// More than a byte counts, all due at one moment; every third is gone before, from between the others.
TEST(timer, wakes_hundreds_that_tie) {
    ties_woken = 0;
    static event::Event* sleeping[TIES];
    const std::uint64_t deadline = arch::now() + 500 * MILLISECOND;
    for (unsigned i = 0; i < TIES; ++i)
        sleeping[i] = start(tied_sleeper(deadline, i)).get();
    REQUIRE(settle());
    for (unsigned i = 0; i < TIES; i += 3)
        cancel_by_hand(event::EventReference{*sleeping[i]});
    event::executor().run();
    EXPECT_EQ(ties_woken, TIES * 2 / 3);
    unsigned in_order = 0;
    while (in_order < TIES * 2 / 3 && tie_order[in_order] == in_order / 2 * 3 + in_order % 2 + 1)
        ++in_order;
    EXPECT_EQ(in_order, TIES * 2 / 3);
}
