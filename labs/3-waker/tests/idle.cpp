// The idle kernel: halted, awake for nothing but its own timer, and never asleep over work.

#include "labs/3-waker/tests/support.hpp"

TEST(idle, returns_at_once_if_something_is_ready) {
    for (unsigned priority = 0; priority < event::PRIORITY_COUNT; ++priority) {
        const event::EventReference ready = start(wait_for_wakes(0), static_cast<event::Priority>(priority));
        const std::uint64_t halts = arch::halt_count();
        event::idle();
        EXPECT_EQ(arch::halt_count(), halts);
        EXPECT_EQ(ready->polls, 0U);
        REQUIRE(settle());
    }
}

TEST(idle, halts_until_a_sleeper_is_due) {
    const std::uint64_t begun = arch::now();
    const event::EventReference sleeping = start(sleeper(begun + 10 * MILLISECOND));
    REQUIRE(settle());
    const std::uint64_t halts = arch::halt_count();
    event::idle();
    EXPECT_GE(arch::now(), begun + 10 * MILLISECOND);
    EXPECT_GT(arch::halt_count(), halts);
    EXPECT_EQ(sleeping->state.load(), event::State::ready);
    REQUIRE(settle());
    EXPECT_EQ(sleeping->polls, 2U);
    for (unsigned priority = 0; priority < event::PRIORITY_COUNT; ++priority) {
        const std::uint64_t deadline = arch::now() + MILLISECOND;
        const event::EventReference other = start(sleeper(deadline), static_cast<event::Priority>(priority));
        REQUIRE(settle());
        event::idle();
        EXPECT_GE(arch::now(), deadline);
        EXPECT_LT(arch::now(), deadline + 300 * MICROSECOND);
        EXPECT_EQ(other->state.load(), event::State::ready);
        REQUIRE(settle());
    }
}

TEST(idle, leaves_interrupts_on) {
    const event::EventReference sleeping = start(sleeper(arch::now() + MILLISECOND));
    event::idle();
    EXPECT(arch::interrupts_enabled());
    REQUIRE(settle());
    event::idle();
    EXPECT(arch::interrupts_enabled());
    REQUIRE(settle());
}

// Five seconds with five sleepers are five interrupts, and next to no work. A tick of 1 kHz would be 5,000.
TEST(idle, takes_no_interrupts_but_its_timer) {
    constexpr std::uint64_t COUNT = 5;
    event::EventReference sleeping[COUNT];
    const std::uint64_t begun = arch::now();
    for (std::uint64_t i = 0; i < COUNT; ++i)
        sleeping[i] = start(sleeper(begun + (i + 1) * 1000 * MILLISECOND));
    const std::uint64_t interrupts = arch::interrupt_count();
    const std::uint64_t halts = arch::halt_count();
    const std::uint64_t halted = arch::halted_ticks();
    const std::uint64_t ticks = arch::time_stamp();
    event::executor().run();
    EXPECT_GE(arch::now(), begun + COUNT * 1000 * MILLISECOND);
    EXPECT_LE(arch::interrupt_count() - interrupts, COUNT + 1);
    EXPECT_LE(arch::halt_count() - halts, COUNT + 1);
    const std::uint64_t halted_permille = (arch::halted_ticks() - halted) / ((arch::time_stamp() - ticks) / 1000);
    EXPECT_GE(halted_permille, 990U);
    test::measure("halted_permille", halted_permille);
    for (const event::EventReference& reference : sleeping)
        EXPECT_EQ(reference->polls, 2U);
}

// An interrupt that makes nothing ready, a device's perhaps, is no reason to stop idling.
TEST(idle, halts_again_when_nothing_became_ready) {
    static unsigned rings;
    static event::Event* woken;
    rings = 0;
    const event::EventReference waiting = start(wait_for_wakes(1));
    woken = waiting.get();
    REQUIRE(settle());
    arch::set_timer_handler([](std::uint64_t) {
        if (++rings == 4)
            event::wake(*woken);
        else
            arch::arm_timer(arch::now() + MILLISECOND);
    });
    arch::arm_timer(arch::now() + MILLISECOND);
    event::idle();
    EXPECT_EQ(rings, 4U);
    EXPECT_EQ(waiting->state.load(), event::State::ready);
    event::initialise(); // the timer's own handler again
    REQUIRE(settle());
}

// What a layer of wakers wins: the same wait, once by asking for one's turn again and again, as every wait in stage 2
// does, once by sleeping.
TEST(idle, wins_over_the_busy_waker) {
    constexpr std::uint64_t COUNT = 10;
    constexpr auto busy = [](std::uint64_t deadline) static -> event::Task<> {
        while (arch::now() < deadline)
            co_await event::yield_now();
    };
    const auto polls_per_event = [](event::Task<> (*wait)(std::uint64_t)) {
        event::EventReference waiting[COUNT];
        for (event::EventReference& reference : waiting)
            reference = start(wait(arch::now() + 50 * MILLISECOND));
        event::executor().run();
        std::uint64_t polls = 0;
        for (const event::EventReference& reference : waiting)
            polls += reference->polls;
        return polls / COUNT;
    };
    const std::uint64_t halted = arch::halted_ticks();
    const std::uint64_t busy_polls = polls_per_event(busy);
    EXPECT_EQ(arch::halted_ticks(), halted);
    const std::uint64_t polls = polls_per_event([](std::uint64_t deadline) { return sleeper(deadline); });
    EXPECT_GT(arch::halted_ticks(), halted);
    EXPECT_EQ(polls, 2U);
    EXPECT_GT(busy_polls, 20 * polls);
    test::measure("polls_per_event_busy", busy_polls);
    test::measure("polls_per_event", polls);
}
