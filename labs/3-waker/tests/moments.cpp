// One interrupt at each moment in turn: no wake-up is lost and none counts twice, whenever it comes.

#include "kernel/event/tests/moments.hpp"
#include "labs/3-waker/tests/support.hpp"

namespace {

// What the interrupt wakes, and the mail that it leaves.
event::Event* target;
unsigned posted;
unsigned taken;

// Takes mail until it has taken `goal`. It looks first and waits then, so mail that comes between must not be lost.
event::Task<> mailbox(unsigned goal) {
    while (taken < goal)
        if (taken == *const_cast<volatile unsigned*>(&posted))
            co_await event::blocked();
        else
            ++taken;
}

void post() {
    posted = 1;
    event::wake(*target);
}

void wake_target() {
    event::wake(*target);
}

} // namespace

TEST(waker, survives_an_interrupt_in_wake) {
    const event::EventReference one = start(wait_for_wakes(10'000));
    const event::EventReference other = start(wait_for_wakes(10'000));
    for (unsigned moment = 0; moment < moments::COUNT; ++moment)
        for (const event::EventReference& struck : {one, other}) {
            REQUIRE(settle());
            const std::uint32_t one_before = one->polls;
            const std::uint32_t struck_before = struck->polls;
            target = struck.get();
            moments::strike_at(moment, wake_target, [&one] { event::wake(*one.get()); });
            REQUIRE(ready_count() == (one.get() == struck.get() ? 1U : 2U));
            REQUIRE(settle());
            REQUIRE(one->polls == one_before + 1);
            REQUIRE(struck->polls == struck_before + 1);
        }
    cancel_by_hand(one);
    cancel_by_hand(other);
}

// The event polls, finds no mail, waits, is parked: the mail may come anywhere between.
TEST(waker, survives_an_interrupt_while_parking) {
    for (unsigned moment = 0; moment < moments::COUNT; ++moment) {
        posted = taken = 0;
        const event::EventReference receiver = start(mailbox(1));
        target = receiver.get();
        moments::strike_at(moment, post, [] { settle(); });
        REQUIRE(settle());
        REQUIRE(taken == 1);
        REQUIRE(receiver->state == event::State::finished);
        REQUIRE(receiver->polls <= 3);
        REQUIRE(blocked_count() == 0);
    }
}

// As events come and go all the time, other events' wake-ups strike too: the queues stay whole.
TEST(waker, survives_an_interrupt_while_others_run) {
    constexpr auto yielding = []() static -> event::Task<> {
        for (unsigned i = 0; i < 3; ++i)
            co_await event::yield_now();
    };
    const event::EventReference sleeping = start(wait_for_wakes(10'000));
    target = sleeping.get();
    for (unsigned moment = 0; moment < moments::COUNT; ++moment) {
        REQUIRE(settle());
        const std::uint32_t before = sleeping->polls;
        const event::EventReference one = start(yielding());
        const event::EventReference other = start(yielding());
        moments::strike_at(moment, wake_target, [] { settle(); });
        REQUIRE(settle());
        REQUIRE(sleeping->polls == before + 1);
        REQUIRE(one->polls == 4);
        REQUIRE(other->polls == 4);
    }
    cancel_by_hand(sleeping);
}

// From the last look at the queues to the halt: whoever halts over mail halts until the next interrupt, if there is
// one.
TEST(idle, loses_no_wake_before_the_halt) {
    for (unsigned moment = 0; moment < moments::COUNT; ++moment) {
        posted = taken = 0;
        const event::EventReference receiver = start(mailbox(1));
        target = receiver.get();
        REQUIRE(settle());
        REQUIRE(moments::strike_at(moment, post, [] {
            while (taken == 0)
                if (!event::executor().run_once())
                    event::idle();
        }));
        REQUIRE(settle());
        REQUIRE(receiver->polls == 2);
    }
}

// A deadline that comes while the sleep is being set up: between the look at the clock, the queue, and the halt.
TEST(timer, loses_no_short_sleep) {
    for (unsigned moment = 0; moment < moments::COUNT; ++moment) {
        const std::uint64_t deadline = arch::now() + moment * moments::STEP;
        const event::EventReference sleeping = start(sleeper(deadline));
        event::executor().run();
        REQUIRE(arch::now() >= deadline);
        REQUIRE(sleeping->polls <= 3);
    }
}
