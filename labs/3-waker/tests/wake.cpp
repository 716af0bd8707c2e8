// Blocking and waking, one event at a time.

#include "labs/3-waker/tests/support.hpp"

namespace {

event::Task<> yielding(unsigned times) {
    for (; times > 0; --times)
        co_await event::yield_now();
}

} // namespace

TEST(waker, blocks_until_woken) {
    const event::EventReference sleeper = start(wait_for_wakes(1));
    REQUIRE(settle());
    EXPECT_EQ(sleeper->state.load(), event::State::blocked);
    EXPECT_EQ(sleeper->polls, 1U);
    event::wake(*sleeper.get());
    EXPECT_EQ(sleeper->state.load(), event::State::ready);
    REQUIRE(settle());
    EXPECT_EQ(sleeper->state.load(), event::State::finished);
    EXPECT_EQ(sleeper->polls, 2U);
}

// What is blocked lies in the executor's blocked set, and in no queue; what is woken the other way round.
TEST(waker, keeps_the_blocked_set) {
    const event::EventReference one = start(wait_for_wakes(1));
    const event::EventReference other = start(wait_for_wakes(1));
    REQUIRE(settle());
    EXPECT_EQ(blocked_count(), 2U);
    event::wake(*one.get());
    EXPECT_EQ(blocked_count(), 1U);
    EXPECT_EQ(ready_count(), 1U);
    REQUIRE(settle());
    EXPECT_EQ(event::executor().blocked.front(), other.get());
    event::wake(*other.get());
    REQUIRE(settle());
    EXPECT_EQ(blocked_count(), 0U);
}

TEST(waker, polls_no_blocked_event) {
    constexpr unsigned COUNT = 50;
    event::EventReference blocked[COUNT];
    for (event::EventReference& reference : blocked)
        reference = start(wait_for_wakes(1));
    const event::EventReference busy = start(yielding(500));
    REQUIRE(settle());
    EXPECT_EQ(busy->polls, 501U);
    for (const event::EventReference& reference : blocked) {
        EXPECT_EQ(reference->polls, 1U);
        event::wake(*reference.get());
    }
    REQUIRE(settle());
    for (const event::EventReference& reference : blocked)
        EXPECT_EQ(reference->polls, 2U);
}

TEST(waker, wakes_no_other_event) {
    event::EventReference blocked[3];
    for (event::EventReference& reference : blocked)
        reference = start(wait_for_wakes(1));
    REQUIRE(settle());
    for (const unsigned woken : {1U, 2U, 0U}) {
        event::wake(*blocked[woken].get());
        EXPECT_EQ(ready_count(), 1U);
        REQUIRE(settle());
        EXPECT_EQ(blocked[woken]->state.load(), event::State::finished);
    }
}

TEST(waker, queues_an_event_once) {
    const event::EventReference sleeper = start(wait_for_wakes(3));
    const event::EventReference other = start(wait_for_wakes(3));
    REQUIRE(settle());
    for (unsigned round = 1; round <= 3; ++round) {
        for (unsigned i = 0; i < 5; ++i) {
            event::wake(*sleeper.get());
            event::wake(*other.get());
        }
        EXPECT_EQ(ready_count(), 2U);
        REQUIRE(settle());
        EXPECT_EQ(sleeper->polls, 1 + round);
        EXPECT_EQ(other->polls, 1 + round);
    }
    EXPECT_EQ(sleeper->state.load(), event::State::finished);
}

// In the order of wakes, the higher priority first: a woken event comes to the end of its own queue.
TEST(waker, queues_in_the_order_of_wakes) {
    static unsigned order[4];
    static unsigned count;
    count = 0;
    constexpr auto waits = [](unsigned number) static -> event::Task<> {
        co_await event::blocked();
        order[count++ % 4] = number;
    };
    event::EventReference events[4];
    for (unsigned i = 0; i < 4; ++i)
        events[i] = start(waits(i), i == 1 ? event::Priority::high : event::Priority::normal);
    REQUIRE(settle());
    for (const unsigned woken : {3U, 0U, 1U, 2U})
        event::wake(*events[woken].get());
    REQUIRE(settle());
    EXPECT_EQ(count, 4U);
    for (unsigned i = 0; i < 4; ++i)
        EXPECT_EQ(order[i], (i == 0 ? 1U : i == 1 ? 3U : i == 2 ? 0U : 2U));
}

namespace {

// Whether a wake-up of the event leaves interrupts on that are on, and off that are off.
bool leaves_interrupts(event::Event& event) {
    event::wake(event);
    bool good = arch::interrupts_enabled();
    arch::disable_interrupts();
    event::wake(event);
    good = good && !arch::interrupts_enabled();
    arch::enable_interrupts();
    return good;
}

event::Task<> wake_oneself(bool* good) {
    *good = leaves_interrupts(*event::current()); // running, and woken
    co_await event::blocked();
}

} // namespace

// In each state of the event; and parking leaves them on, whether it blocks or queues again.
TEST(waker, leaves_interrupts_as_they_were) {
    const event::EventReference sleeper = make(wait_for_wakes(2));
    EXPECT(leaves_interrupts(*sleeper.get())); // created
    event::executor().start(*sleeper.get());
    EXPECT(leaves_interrupts(*sleeper.get())); // ready
    REQUIRE(event::executor().run_once());
    EXPECT(arch::interrupts_enabled());
    EXPECT_EQ(sleeper->state.load(), event::State::blocked);
    EXPECT(leaves_interrupts(*sleeper.get())); // blocked, and ready
    REQUIRE(settle());
    {
        arch::InterruptGuard guard;
        event::wake(*sleeper.get());
        EXPECT(!arch::interrupts_enabled());
    }
    EXPECT(arch::interrupts_enabled());
    REQUIRE(settle());
    EXPECT(leaves_interrupts(*sleeper.get())); // finished
    bool good = false;
    const event::EventReference restless = start(wake_oneself(&good));
    REQUIRE(event::executor().run_once());
    EXPECT(good);
    EXPECT(arch::interrupts_enabled());
    EXPECT_EQ(restless->state.load(), event::State::ready);
    REQUIRE(settle());
    arch::enable_interrupts(); // whatever became of this test, the next one needs them
}

// An event that yields is woken while it runs, so it goes to the end of its queue: two of them take turns.
TEST(waker, lets_events_take_turns) {
    static char trace[16];
    static unsigned length;
    length = 0;
    constexpr auto turns = [](char name) static -> event::Task<> {
        for (unsigned i = 0; i < 3; ++i) {
            trace[length++ % sizeof trace] = name;
            co_await event::yield_now();
        }
    };
    const event::EventReference one = start(turns('a'));
    const event::EventReference other = start(turns('b'));
    REQUIRE(settle());
    EXPECT_EQ(length, 6U);
    for (unsigned i = 0; i < 6; ++i)
        EXPECT_EQ(trace[i], (i % 2 == 0 ? 'a' : 'b'));
    EXPECT_EQ(one->polls, 4U);
}
