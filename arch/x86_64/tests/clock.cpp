#include "arch/clock.hpp"

#include "arch/interrupts.hpp"
#include "arch/x86_64/clock.hpp"
#include "kernel/test/test.hpp"

#include <initializer_list>

namespace {

constinit volatile unsigned fired = 0;
constinit volatile std::uint64_t fired_at = 0;

void count(std::uint64_t now) {
    fired = fired + 1;
    fired_at = now;
}

// Halts until the timer has fired, or `limit` nanoseconds later at the latest: the timer is the only source of
// interrupts, so without it the watchdog would end the test.
void wait_for_timer() {
    arch::disable_interrupts();
    while (fired == 0)
        arch::wait_for_interrupt();
    arch::enable_interrupts();
}

// A handler that counts, and arms for what lies `ahead` of it the first time.
constinit volatile std::uint64_t ahead = 0;
constinit volatile std::uint64_t next = 0; // what a handler armed for

void count_and_arm(std::uint64_t now) {
    count(now);
    if (fired > 1)
        return;
    next = ahead < UINT64_MAX - now ? now + ahead : UINT64_MAX;
    arch::arm_timer(next);
}

// The timer is ours, and then again whose it was.
class Counting {
public:
    Counting() { fired = 0; }
    ~Counting() { arch::set_timer_handler(before_); }
    Counting(const Counting&) = delete;
    Counting& operator=(const Counting&) = delete;

private:
    arch::TimerHandler before_ = arch::set_timer_handler(count);
};

} // namespace

TEST(clock, never_goes_back) {
    std::uint64_t last = arch::now();
    for (int i = 0; i < 1000; ++i) {
        const std::uint64_t current = arch::now();
        EXPECT_GE(current, last);
        last = current;
    }
}

// The counters are measured against the 8254 over 10 ms, so they agree with it to about one part in ten thousand.
TEST(clock, timer_fires_at_its_deadline) {
    for (const std::uint64_t wait : {50'000u, 1'000'000u, 100'000'000u}) {
        const Counting counting;
        const std::uint64_t deadline = arch::now() + wait;
        arch::arm_timer(deadline);
        wait_for_timer();
        EXPECT_GE(fired_at + wait / 1000 + 1000, deadline);
        EXPECT_LT(fired_at, deadline + wait / 1000 + 50'000);
    }
}

TEST(clock, timer_fires_once) {
    const Counting counting;
    arch::arm_timer(arch::now() + 10'000);
    wait_for_timer();
    const std::uint64_t end = arch::now() + 1'000'000;
    while (arch::now() < end) {
    }
    EXPECT_EQ(fired, 1u);
}

TEST(clock, past_deadline_fires_at_once) {
    const Counting counting;
    const std::uint64_t begun = arch::now();
    arch::arm_timer(0);
    wait_for_timer();
    EXPECT_LT(fired_at, begun + 50'000);
}

TEST(clock, later_deadline_replaces_earlier_one) {
    const Counting counting;
    const std::uint64_t begun = arch::now();
    arch::arm_timer(begun + 100'000);
    arch::arm_timer(begun + 1'000'000);
    wait_for_timer();
    EXPECT_GE(fired_at, begun + 990'000);
}

// A handler may be long, as one that wakes a crowd is. What it arms is counted from its end, whatever else is due.
TEST(clock, a_long_handler_delays_no_deadline) {
    const Counting counting;
    const arch::TimerHandler busy = [](std::uint64_t now) {
        if (next != 0)
            return count(now);
        const std::uint64_t end = arch::now() + 2'000'000;
        while (arch::now() < end) {
        }
        next = arch::now() + 1'000'000;
        arch::arm_timer(next);
    };
    next = 0;
    arch::set_timer_handler(busy); // Counting puts back what was before both
    arch::begin_slice(1'000'000'000);
    arch::arm_timer(arch::now() + 100'000);
    wait_for_timer();
    arch::end_slice();
    EXPECT_LT(fired_at, next + 100'000);
}

TEST(clock, disarmed_timer_stays_silent) {
    const Counting counting;
    arch::arm_timer(arch::now() + 100'000);
    arch::disarm_timer();
    const std::uint64_t end = arch::now() + 1'000'000;
    while (arch::now() < end) {
    }
    EXPECT_EQ(fired, 0u);
}

// Of two deadlines the earlier one is replaced or taken back: the core halts until the other.
TEST(clock, deadline_taken_back_ends_no_halt) {
    const Counting counting;
    arch::arm_timer(arch::now() + 100'000);
    arch::disarm_timer();
    arch::arm_timer(arch::now() + 200'000);
    arch::arm_timer(arch::now() + 1'000'000);
    const std::uint64_t interrupts = arch::interrupt_count();
    wait_for_timer();
    EXPECT_EQ(arch::interrupt_count() - interrupts, 1u);
}

TEST(clock, what_a_handler_arms_comes_in_its_time) {
    for (const std::uint64_t wait : {50'000u, 800'000u, 900'000u, 1'000'000u, 1'100'000u, 5'000'000u}) {
        const Counting counting;
        arch::set_timer_handler(count_and_arm);
        ahead = wait;
        arch::arm_timer(arch::now() + 10'000);
        while (fired < 2) {
        }
        EXPECT_GE(fired_at + wait / 1000 + 1000, next);
        EXPECT_LT(fired_at, next + wait / 1000 + 50'000);
    }
}

// After a ring the machine may ring once for nothing while a deadline lies far ahead, and is silent then: however near
// the one was that it rang for.
TEST(clock, a_busy_core_is_interrupted_once_more_at_most) {
    for (const std::uint64_t wait : {0u, 100u, 10'000u, 100'000u, 2'000'000u}) {
        for (const bool forever : {true, false}) {
            const Counting counting;
            arch::set_timer_handler(count_and_arm);
            ahead = forever ? UINT64_MAX : 3'600'000'000'000;
            const std::uint64_t interrupts = arch::interrupt_count();
            arch::arm_timer(wait == 0 ? 0 : arch::now() + wait);
            const std::uint64_t end = arch::now() + 10'000'000;
            while (arch::now() < end) {
            }
            EXPECT_LE(arch::interrupt_count() - interrupts, forever ? 1u : 2u);
            EXPECT_EQ(fired, 1u);
            arch::disarm_timer();
        }
    }
}

// One interrupt for each of the two, and none between.
TEST(clock, a_ring_ends_no_halt_but_its_own) {
    const Counting counting;
    arch::set_timer_handler(count_and_arm);
    ahead = 20'000'000;
    const std::uint64_t interrupts = arch::interrupt_count();
    arch::arm_timer(arch::now() + 100'000);
    wait_for_timer();
    fired = 0;
    wait_for_timer();
    EXPECT_EQ(arch::interrupt_count() - interrupts, 2u);
    arch::disarm_timer();
}

// However far away, a deadline is no earlier one: its arithmetic must not wrap.
TEST(clock, deadline_at_the_end_of_time_does_not_come) {
    for (const std::uint64_t deadline : {UINT64_MAX, UINT64_MAX - 1, UINT64_MAX / 2, std::uint64_t{1} << 62}) {
        const Counting counting;
        arch::arm_timer(deadline);
        const std::uint64_t end = arch::now() + 1'000'000;
        while (arch::now() < end) {
        }
        EXPECT_EQ(fired, 0u);
    }
    arch::disarm_timer();
}

TEST(interrupts, guard_restores_what_was) {
    EXPECT(arch::interrupts_enabled());
    {
        arch::InterruptGuard outer;
        EXPECT(!arch::interrupts_enabled());
        {
            arch::InterruptGuard inner;
        }
        EXPECT(!arch::interrupts_enabled());
    }
    EXPECT(arch::interrupts_enabled());
}

// An interrupt that comes while they are off is taken when they come on again.
TEST(interrupts, are_held_not_lost) {
    const Counting counting;
    {
        arch::InterruptGuard guard;
        const std::uint64_t end = arch::now() + 1'000'000;
        arch::arm_timer(arch::now() + 10'000);
        while (arch::now() < end) {
        }
        EXPECT_EQ(fired, 0u);
    }
    wait_for_timer();
    EXPECT_EQ(fired, 1u);
}
