#include "arch/clock.hpp"

#include "arch/interrupts.hpp"
#include "arch/x86_64/clock.hpp"
#include "kernel/test/test.hpp"

#include <initializer_list>

namespace {

constinit volatile unsigned fired = 0;
constinit volatile std::uint64_t fired_at = 0;

void count() {
    fired = fired + 1;
    fired_at = arch::now();
}

// Halts until the timer has fired, or `limit` nanoseconds later at the latest: the timer is the only source of
// interrupts, so without it the watchdog would end the test.
void wait_for_timer() {
    arch::disable_interrupts();
    while (fired == 0)
        arch::wait_for_interrupt();
    arch::enable_interrupts();
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
    static constinit volatile std::uint64_t next = 0;
    const Counting counting;
    const arch::TimerHandler busy = [] {
        if (next != 0)
            return count();
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
