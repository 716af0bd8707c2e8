// A wake-up in each of an event's states: see the diagram in kernel/event/event.hpp.

#include "labs/3-waker/tests/support.hpp"

namespace {

// Is woken while it runs, then waits.
event::Task<> wakes_itself(unsigned times) {
    for (unsigned i = 0; i < times; ++i)
        event::wake(*event::current());
    co_await event::blocked();
}

} // namespace

TEST(waker, keeps_a_wake_during_the_poll) {
    const event::EventReference restless = start(wakes_itself(1));
    REQUIRE(event::executor().run_once());
    EXPECT_EQ(restless->state.load(), event::State::ready);
    EXPECT_EQ(ready_count(), 1U);
    EXPECT_EQ(blocked_count(), 0U);
    REQUIRE(settle());
    EXPECT_EQ(restless->state.load(), event::State::finished);
    EXPECT_EQ(restless->polls, 2U);
}

// The mark says that there was a wake-up, not how many.
TEST(waker, keeps_wakes_during_the_poll_as_one) {
    constexpr auto waits_twice = []() static -> event::Task<> {
        for (unsigned i = 0; i < 5; ++i)
            event::wake(*event::current());
        co_await event::blocked();
        co_await event::blocked();
    };
    const event::EventReference restless = start(waits_twice());
    REQUIRE(settle());
    EXPECT_EQ(restless->polls, 2U);
    EXPECT_EQ(restless->state.load(), event::State::blocked);
    event::wake(*restless.get());
    REQUIRE(settle());
    EXPECT_EQ(restless->state.load(), event::State::finished);
}

TEST(waker, ignores_a_wake_before_the_start) {
    const event::EventReference early = make(wait_for_wakes(1));
    event::wake(*early.get());
    EXPECT_EQ(early->state.load(), event::State::created);
    EXPECT_EQ(ready_count(), 0U);
    event::executor().start(*early.get());
    REQUIRE(settle());
    EXPECT_EQ(early->polls, 1U);
    EXPECT_EQ(early->state.load(), event::State::blocked);
    event::wake(*early.get());
    REQUIRE(settle());
}

// It is about to be polled anyway.
TEST(waker, ignores_a_wake_before_the_first_poll) {
    const event::EventReference early = start(wait_for_wakes(1));
    const event::EventReference other = start(wait_for_wakes(1));
    const std::uint64_t queued_at = early->queued_at;
    event::executor().polls += 1000; // as though it had waited for long
    event::wake(*early.get());
    event::wake(*early.get());
    event::executor().polls -= 1000;
    EXPECT_EQ(early->queued_at, queued_at);
    EXPECT_EQ(ready_count(), 2U);
    EXPECT_EQ(event::executor().queues[static_cast<unsigned>(event::Priority::normal)].front(), early.get());
    REQUIRE(settle());
    EXPECT_EQ(early->polls, 1U);
    EXPECT_EQ(early->state.load(), event::State::blocked);
    event::wake(*early.get());
    event::wake(*other.get());
    REQUIRE(settle());
    EXPECT_EQ(other->polls, 2U);
}

TEST(waker, ignores_a_wake_after_the_end) {
    const event::EventReference early = start(wait_for_wakes(0));
    const event::EventReference late = start(wait_for_wakes(1));
    REQUIRE(settle());
    event::wake(*late.get());
    REQUIRE(settle());
    for (const event::EventReference& over : {early, late}) {
        event::wake(*over.get());
        EXPECT_EQ(over->state.load(), event::State::finished);
    }
    EXPECT_EQ(ready_count(), 0U);
    EXPECT(!event::executor().run_once());
    EXPECT_EQ(early->polls, 1U);
    EXPECT_EQ(late->polls, 2U);
}

TEST(waker, ignores_a_wake_after_a_cancellation) {
    const event::EventReference ready = start(wait_for_wakes(1));
    const event::EventReference blocked = start(wait_for_wakes(1));
    cancel_by_hand(ready);
    REQUIRE(settle());
    cancel_by_hand(blocked);
    for (const event::EventReference& over : {ready, blocked}) {
        event::wake(*over.get());
        EXPECT_EQ(over->state.load(), event::State::finished);
    }
    EXPECT_EQ(ready_count(), 0U);
    EXPECT_EQ(blocked_count(), 0U);
    EXPECT(!event::executor().run_once());
}

// A waker keeps its event's memory, though not its frames.
TEST(waker, outlives_its_event) {
    const std::size_t before = event::live_events();
    event::Waker waker;
    waker.wake(); // of nobody
    {
        const event::EventReference sleeper = start(wait_for_wakes(1));
        waker = event::Waker{*sleeper.get()};
    }
    REQUIRE(settle());
    const event::Waker copy = waker;
    copy.wake();
    REQUIRE(settle());
    EXPECT_EQ(event::executor().unfinished, 0U);
    EXPECT_EQ(event::live_events(), before + 1);
    copy.wake();
    waker.wake();
    EXPECT_EQ(ready_count(), 0U);
    // The last copy goes at the end of the test; the harness sees that nothing is left.
}

TEST(waker, wakes_from_an_interrupt_handler) {
    static event::Event* woken;
    static bool was_in_handler;
    const event::EventReference sleeper = start(wait_for_wakes(2));
    woken = sleeper.get();
    for (unsigned round = 1; round <= 2; ++round) {
        REQUIRE(settle());
        EXPECT_EQ(sleeper->state.load(), event::State::blocked);
        interrupt([] {
            was_in_handler = arch::in_interrupt_handler();
            event::wake(*woken);
            event::wake(*woken);
            was_in_handler = was_in_handler && !arch::interrupts_enabled();
        });
        EXPECT(was_in_handler);
        EXPECT_EQ(sleeper->state.load(), event::State::ready);
        EXPECT_EQ(ready_count(), 1U);
        REQUIRE(settle());
        EXPECT_EQ(sleeper->polls, 1 + round);
    }
}

// The handler wakes the very event that it interrupted.
TEST(waker, keeps_a_wake_from_a_handler_during_the_poll) {
    constexpr auto is_interrupted = []() static -> event::Task<> {
        interrupt([] { event::wake(*event::current()); });
        co_await event::blocked();
    };
    const event::EventReference interrupted = start(is_interrupted());
    REQUIRE(settle());
    EXPECT_EQ(interrupted->state.load(), event::State::finished);
    EXPECT_EQ(interrupted->polls, 2U);
}
