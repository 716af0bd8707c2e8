// Cancelling an event that does not run: its frames are gone at once, and whoever joins it is told.

#include "kernel/event/tests/moments.hpp"
#include "labs/4-spawner/tests/support.hpp"

namespace {

Task<int> hold_and_give(Log* log, Trace parameter, int number) {
    const Trace local{log, 'l'};
    co_await event::blocked();
    log->note('!');
    co_return number;
}

} // namespace

TEST(cancel, before_the_first_poll) {
    Log log;
    {
        auto child = must_spawn(hold_and_give(&log, Trace{&log, 'p'}, 1));
        child.cancel();
        EXPECT_EQ(log, "p"); // its body never began
        EXPECT_EQ(child.get()->state.load(), State::finished);
        EXPECT(settle());
        EXPECT_EQ(child.get()->polls, 0u);
    }
    EXPECT_EQ(log, "p");
    expect_nothing_left();
}

TEST(cancel, while_blocked) {
    Log log;
    {
        auto child = must_spawn(hold_and_give(&log, Trace{&log, 'p'}, 1));
        EXPECT(settle());
        EXPECT_EQ(log, "");
        child.cancel();
        EXPECT_EQ(log, "lp");
        EXPECT_EQ(child.get()->state.load(), State::finished);
        EXPECT(!child.get()->topmost);
        EXPECT_EQ(event::executor().unfinished, 0u);
        EXPECT(event::executor().blocked.is_empty());
    }
    EXPECT_EQ(log, "lp");
    expect_nothing_left();
}

TEST(cancel, while_ready) {
    Log log;
    {
        auto child = must_spawn(hold_and_give(&log, Trace{&log, 'p'}, 1));
        EXPECT(settle());
        event::wake(*child.get());
        EXPECT_EQ(child.get()->state.load(), State::ready);
        child.cancel();
        EXPECT_EQ(log, "lp");
        EXPECT(!event::executor().run_once());
        EXPECT_EQ(child.get()->polls, 1u);
    }
    expect_nothing_left();
}

TEST(cancel, of_an_event_that_nobody_started) {
    Log log;
    const auto made = event::Event::create(hold_and_give(&log, Trace{&log, 'p'}, 1).release());
    REQUIRE(made.has_value());
    event::cancel(**made);
    EXPECT_EQ(log, "p");
    expect_nothing_left();
}

TEST(cancel, after_the_end_keeps_the_result) {
    int result = NOTHING;
    {
        auto child = must_spawn(give(42));
        EXPECT(settle());
        child.cancel();
        child.cancel();
        const auto parent = must_spawn(join_into(&child, &result));
        EXPECT(settle());
        EXPECT_EQ(result, 42);
    }
    expect_nothing_left();
}

TEST(cancel, twice_is_once) {
    Log log;
    {
        auto child = must_spawn(hold_and_give(&log, Trace{&log, 'p'}, 1));
        EXPECT(settle());
        child.cancel();
        child.cancel();
        EXPECT_EQ(log, "lp");
    }
    expect_nothing_left();
}

TEST(cancel, wakes_the_joiner) {
    int result = NOTHING;
    Log log;
    {
        auto child = must_spawn(hold_and_give(&log, Trace{&log, 'p'}, 1));
        const auto parent = must_spawn(join_into(&child, &result));
        EXPECT(settle());
        child.cancel();
        EXPECT(settle());
        EXPECT_EQ(result, number_of(Error::cancelled));
        EXPECT_EQ(parent.get()->state.load(), State::finished);
    }
    EXPECT_EQ(log, "lp");
    expect_nothing_left();
}

TEST(cancel, is_what_a_later_join_finds) {
    int result = NOTHING;
    {
        auto child = must_spawn(wait_then_give(42));
        child.cancel();
        const auto parent = must_spawn(join_into(&child, &result));
        EXPECT(settle());
        EXPECT_EQ(result, number_of(Error::cancelled));
    }
    expect_nothing_left();
}

namespace {

Task<> inner(Log* log, const Trace* borrowed) {
    const Trace local{log, 'c'};
    co_await event::blocked();
    static_cast<void>(borrowed);
}
Task<> middle(Log* log, const Trace* borrowed) {
    const Trace local{log, 'b'};
    static_cast<void>(co_await inner(log, borrowed));
    log->note('!');
}
Task<> outer(Log* log) {
    const Trace local{log, 'a'};
    static_cast<void>(co_await middle(log, &local));
    log->note('!');
}

} // namespace

// The frames are destroyed from the innermost outwards, so that what one refers to in those that await it is there.
TEST(cancel, unwinds_a_chain_of_awaits) {
    Log log;
    {
        auto child = must_spawn(outer(&log));
        EXPECT(settle());
        child.cancel();
        EXPECT_EQ(log, "cba");
    }
    expect_nothing_left();
}

namespace {

Task<> sleep_long(Log* log) {
    const Trace local{log, 'l'};
    co_await event::sleep_for(100'000);
    log->note('!');
}

} // namespace

TEST(cancel, forgets_a_sleep) {
    Log log;
    {
        auto sleeper = must_spawn(sleep_long(&log));
        EXPECT(settle());
        sleeper.cancel();
        EXPECT_EQ(log, "l");
    }
    expect_nothing_left();
    // Were its timer still queued, its expiry would now touch what is gone.
    const auto other = must_spawn(sleep_long(&log));
    EXPECT(run_to_the_end());
    EXPECT_EQ(log, "l!l");
}

TEST(cancel, leaves_wakers_harmless) {
    Log log;
    event::Waker waker;
    {
        auto child = must_spawn(hold_and_give(&log, Trace{&log, 'p'}, 1));
        EXPECT(settle());
        waker = event::Waker{*child.get()};
        child.cancel();
        waker.wake();
        EXPECT_EQ(child.get()->state.load(), State::finished);
    }
    waker.wake();
    EXPECT(!event::executor().run_once());
    EXPECT_EQ(event::live_events(), 1u); // the waker's
    waker = {};
    expect_nothing_left();
}

namespace {

// What the interrupt wakes: the event that is being cancelled, and those beside it in the list that it is in.
event::Event* struck[3];

void wake_all_three() {
    for (event::Event* each : struck)
        event::wake(*each);
}

} // namespace

TEST(cancel, survives_an_interrupt_at_every_moment) {
    auto before = must_spawn(wait_for_ever());
    auto after = must_spawn(wait_for_ever());
    for (const State state : {State::blocked, State::ready})
        for (unsigned moment = 0; moment < moments::COUNT; ++moment) {
            Log log;
            auto child = must_spawn(hold(&log, 'l'));
            REQUIRE(settle());
            event::wake(*after.get()); // to the end of the blocked set
            REQUIRE(settle());
            if (state == State::ready)
                event::wake(*child.get());
            const std::uint32_t polls[] = {before.get()->polls, after.get()->polls};
            struck[0] = before.get();
            struck[1] = child.get();
            struck[2] = after.get();
            moments::strike_at(moment, wake_all_three, [&child] { child.cancel(); });
            REQUIRE(child.get()->state == State::finished);
            REQUIRE(log == "l");
            REQUIRE(event::executor().unfinished == 2);
            REQUIRE(settle());
            REQUIRE(child.get()->polls == 1);
            REQUIRE(before.get()->polls == polls[0] + 1);
            REQUIRE(after.get()->polls == polls[1] + 1);
        }
    for (auto* const neighbour : {&before, &after}) {
        neighbour->cancel();
        *neighbour = {};
    }
    expect_nothing_left();
}
