// The timer queue by itself: timers that are added, removed and expired at all times.

#include "kernel/lib/random.hpp"
#include "kernel/mm/new.hpp"
#include "labs/3-waker/tests/support.hpp"

#include <cstring>

namespace {

// Timers of an event that waits for ever.
class Queue {
public:
    Queue() : waiting_{start(wait_for_wakes(1'000'000))} { settle(); }
    ~Queue() { cancel_by_hand(waiting_); }

    void add(event::Timer& timer, std::uint64_t deadline) {
        timer.deadline = deadline;
        timer.event = waiting_.get();
        arch::InterruptGuard guard;
        event::add_timer(timer);
    }
    static void remove(event::Timer& timer) {
        arch::InterruptGuard guard;
        event::remove_timer(timer);
    }
    // How many wake-ups reached the event since the last call; 1 at most.
    std::uint32_t wakes() {
        const std::uint32_t before = waiting_->polls;
        settle();
        return waiting_->polls - before;
    }

private:
    event::EventReference waiting_;
};

} // namespace

TEST(timer, says_what_is_queued) {
    Queue queue;
    event::Timer one, other;
    const std::uint64_t begun = arch::now();
    EXPECT(!one.is_queued);
    queue.add(one, begun + MILLISECOND);
    queue.add(other, begun + 900 * MILLISECOND);
    EXPECT(one.is_queued);
    EXPECT(other.is_queued);
    pass(2 * MILLISECOND);
    EXPECT(!one.is_queued);
    EXPECT(other.is_queued);
    Queue::remove(other);
    EXPECT(!other.is_queued);
    EXPECT_EQ(queue.wakes(), 1U);
}

TEST(timer, takes_a_deadline_of_the_past) {
    Queue queue;
    event::Timer past, origin, future;
    queue.add(future, arch::now() + 900 * MILLISECOND);
    pass(MILLISECOND);
    queue.add(past, arch::now() - 500 * MICROSECOND);
    pass(50 * MICROSECOND);
    EXPECT(!past.is_queued);
    EXPECT_EQ(queue.wakes(), 1U);
    queue.add(origin, 0);
    pass(50 * MICROSECOND);
    EXPECT(!origin.is_queued);
    EXPECT_EQ(queue.wakes(), 1U);
    EXPECT(future.is_queued);
    Queue::remove(future);
}

// The first, the last, one between, the only one: whichever goes, the others ring.
TEST(timer, forgets_a_removed_timer) {
    Queue queue;
    for (unsigned removed = 0; removed < 5; ++removed) {
        event::Timer timers[5];
        const std::uint64_t begun = arch::now();
        for (unsigned i = 0; i < 5; ++i)
            queue.add(timers[i], begun + (i == 3 ? 2 : i + 1) * MILLISECOND);
        Queue::remove(timers[removed]);
        EXPECT(!timers[removed].is_queued);
        pass(10 * MILLISECOND);
        for (const event::Timer& timer : timers)
            EXPECT(!timer.is_queued);
        EXPECT_EQ(queue.wakes(), 1U);
    }
    event::Timer only;
    queue.add(only, arch::now() + MILLISECOND);
    Queue::remove(only);
    pass(2 * MILLISECOND);
    EXPECT_EQ(queue.wakes(), 0U);
}

TEST(timer, removes_what_is_not_queued) {
    Queue queue;
    event::Timer never, twice, expired, other;
    const std::uint64_t begun = arch::now();
    queue.add(twice, begun + 5 * MILLISECOND);
    queue.add(other, begun + 5 * MILLISECOND);
    queue.add(expired, begun + MILLISECOND);
    pass(2 * MILLISECOND);
    EXPECT_EQ(queue.wakes(), 1U);
    Queue::remove(never);
    Queue::remove(twice);
    Queue::remove(twice);
    Queue::remove(expired);
    EXPECT(other.is_queued);
    pass(10 * MILLISECOND);
    EXPECT(!other.is_queued);
    EXPECT_EQ(queue.wakes(), 1U);
}

// A sleeper that is cancelled is gone: its deadline wakes nobody, and its memory, which is something else by then, is
// not touched.
TEST(timer, cancelled_sleep_leaves_no_trace) {
    const std::uint64_t begun = arch::now();
    event::EventReference sleeping[4];
    for (unsigned i = 0; i < 4; ++i)
        sleeping[i] = start(sleeper(begun + (i + 1) * MILLISECOND));
    REQUIRE(settle());
    cancel_by_hand(sleeping[0]);
    cancel_by_hand(sleeping[2]);
    // Blocks of all sizes that a frame may have, so among them those of the frames.
    constexpr auto bytes = [](unsigned block) { return (block / 2 + 1) * 16; };
    unsigned char* reused[64];
    for (unsigned i = 0; i < 64; ++i) {
        reused[i] = static_cast<unsigned char*>(heap::obtain(bytes(i)));
        REQUIRE(reused[i] != nullptr);
        std::memset(reused[i], 0xff, bytes(i));
    }
    event::executor().run();
    for (unsigned i = 0; i < 64; ++i) {
        for (unsigned byte = 0; byte < bytes(i); ++byte)
            EXPECT_EQ(reused[i][byte], 0xffU);
        heap::recycle(reused[i], bytes(i));
    }
    for (unsigned i = 0; i < 4; ++i)
        EXPECT_EQ(sleeping[i]->polls, i % 2 == 0 ? 1U : 2U);
    EXPECT_GE(arch::now(), begun + 4 * MILLISECOND);
}

// Deadlines near the end of time are far away, however they are added to or subtracted from.
TEST(timer, knows_the_end_of_time) {
    Queue queue;
    event::Timer never[5], soon, later;
    const std::uint64_t begun = arch::now();
    const std::uint64_t deadlines[5] = {UINT64_MAX, UINT64_MAX - 1, std::uint64_t{1} << 63,
                                        (std::uint64_t{1} << 63) + begun, UINT64_MAX / 2};
    for (unsigned i = 0; i < 5; ++i)
        queue.add(never[i], deadlines[i]);
    pass(MILLISECOND);
    EXPECT_EQ(queue.wakes(), 0U);
    queue.add(soon, arch::now() + MILLISECOND);
    queue.add(later, arch::now() + 5 * MILLISECOND);
    pass(2 * MILLISECOND);
    EXPECT(!soon.is_queued);
    EXPECT(later.is_queued);
    pass(5 * MILLISECOND);
    EXPECT(!later.is_queued);
    EXPECT_EQ(queue.wakes(), 1U);
    for (event::Timer& timer : never) {
        EXPECT(timer.is_queued);
        Queue::remove(timer);
    }
}

TEST(timer, lives_with_an_early_ring) {
    Queue queue;
    event::Timer timer;
    for (unsigned i = 0; i < 3; ++i) {
        const std::uint64_t deadline = arch::now() + MILLISECOND;
        queue.add(timer, deadline);
        {
            // What an interrupt of the timer before its time comes to.
            arch::InterruptGuard guard;
            arch::disarm_timer();
            event::expire_timers(arch::now());
            event::expire_timers(arch::now());
        }
        EXPECT(timer.is_queued);
        EXPECT_EQ(queue.wakes(), 0U);
        pass(2 * MILLISECOND);
        EXPECT(!timer.is_queued);
        EXPECT_EQ(queue.wakes(), 1U);
    }
    arch::InterruptGuard guard;
    event::expire_timers(arch::now()); // with nothing queued
}

// Any sequence of adding, removing and waiting, held against a list of what is queued.
TEST(timer, survives_a_random_life) {
    constexpr unsigned COUNT = 200;
    Queue queue;
    static event::Timer timers[COUNT];
    static bool expected[COUNT];
    kernel::Random random(test::seed());
    pass(MILLISECOND);
    for (unsigned step = 0; step < 4000; ++step) {
        const std::uint64_t chosen = random.below(COUNT);
        event::Timer& timer = timers[chosen];
        if (random.below(50) == 0) {
            pass(random.below(1 << 17));
        } else if (timer.is_queued && random.below(3) != 0) {
            Queue::remove(timer);
            expected[chosen] = false;
        } else if (!timer.is_queued) {
            const std::uint64_t delay = random.below(std::uint64_t{1} << random.between(1, 25));
            expected[chosen] = true;
            queue.add(timer, random.below(8) == 0 ? arch::now() - delay / 256 : arch::now() + delay + 1000);
        }
        // What was due a while ago has rung, and nothing has rung before its time.
        const std::uint64_t before = arch::now();
        pass(20 * MICROSECOND);
        {
            arch::InterruptGuard guard;
            const std::uint64_t after = arch::now();
            for (unsigned i = 0; i < COUNT; ++i) {
                if (timers[i].is_queued)
                    REQUIRE((expected[i] && timers[i].deadline > before));
                else
                    REQUIRE((!expected[i] || timers[i].deadline <= after));
                expected[i] = timers[i].is_queued;
            }
        }
        queue.wakes();
    }
    for (unsigned i = 0; i < COUNT; ++i) {
        Queue::remove(timers[i]);
        expected[i] = false;
    }
    queue.wakes();
}

// `now` is the deadline, or one nanosecond before it; whatever else is due then, and the second time too.
TEST(timer, is_due_at_its_deadline) {
    Queue queue;
    for (unsigned round = 0; round < 3; ++round)
        for (const std::uint64_t distance :
             {std::uint64_t{100'000}, std::uint64_t{1} << 20, (std::uint64_t{1} << 24) + 1}) {
            event::Timer before, at, tie, after, far;
            const std::uint64_t deadline = arch::now() + distance;
            queue.add(far, deadline + 1000 * MILLISECOND);
            queue.add(tie, deadline);
            queue.add(after, deadline + 1);
            queue.add(before, deadline - 1);
            queue.add(at, deadline);
            arch::InterruptGuard guard;
            arch::disarm_timer();
            event::expire_timers(deadline - 2);
            EXPECT(before.is_queued);
            event::expire_timers(deadline - 1);
            EXPECT(!before.is_queued);
            EXPECT(tie.is_queued);
            EXPECT(at.is_queued);
            event::expire_timers(deadline);
            EXPECT(!tie.is_queued);
            EXPECT(!at.is_queued);
            EXPECT(after.is_queued);
            event::expire_timers(deadline);
            EXPECT(after.is_queued);
            event::expire_timers(deadline + 1);
            EXPECT(!after.is_queued);
            EXPECT(far.is_queued);
            event::remove_timer(far);
            while (arch::now() <= deadline + 1) // the time that was told must not go back
                pass(distance);
        }
    EXPECT_EQ(queue.wakes(), 1U);
}

TEST(timer, leaves_interrupts_off) {
    Queue queue;
    event::Timer timers[4];
    const std::uint64_t begun = arch::now();
    {
        arch::InterruptGuard guard;
        for (unsigned i = 0; i < 4; ++i) {
            queue.add(timers[i], begun + (i == 0 ? 2 : i) * MILLISECOND); // an earlier one, a tie, a later one
            EXPECT(!arch::interrupts_enabled());
        }
        for (const unsigned removed : {1U, 1U, 3U}) { // the first, one that is not queued, the last
            Queue::remove(timers[removed]);
            EXPECT(!arch::interrupts_enabled());
        }
        event::expire_timers(arch::now()); // nothing is due
        EXPECT(!arch::interrupts_enabled());
        while (arch::now() <= begun + 2 * MILLISECOND)
            pass(2 * MILLISECOND);
        event::expire_timers(arch::now());
        EXPECT(!arch::interrupts_enabled());
        EXPECT(!timers[0].is_queued);
        EXPECT(!timers[2].is_queued);
    }
    EXPECT_EQ(queue.wakes(), 1U);
}
