#if !__STDC_HOSTED__
// What waking and sleeping cost: no memory, and the same however many events there are. Counted in instructions, so in
// the kernel only.

#include "kernel/lib/random.hpp"
#include "kernel/mm/heap.hpp"
#include "kernel/mm/new.hpp"
#include "labs/3-waker/tests/support.hpp"

#include <memory>
#include <new>

namespace {

// So many blocked events.
class Crowd {
public:
    explicit Crowd(std::size_t count) : events_{new(std::nothrow) event::EventReference[count]}, count_{count} {
        if (!events_)
            kernel::panic("the test finds no memory for {} events", count);
        for (std::size_t i = 0; i < count; ++i)
            events_[i] = start(wait_for_wakes(1'000'000));
        while (event::executor().run_once()) {
        }
        test::begin_part(); // what a crowd's beginning and end cost is no part of what is measured
    }
    ~Crowd() {
        test::begin_part();
        for (std::size_t i = 0; i < count_; ++i)
            cancel_by_hand(events_[i]);
    }
    event::Event& operator[](std::size_t index) { return *events_[index].get(); }

private:
    std::unique_ptr<event::EventReference[]> events_;
    std::size_t count_;
};

// Instructions of one wake, and of the poll and the parking that follow, with so many events blocked: the mean over
// some of them.
struct WakeCost {
    std::uint64_t wake;
    std::uint64_t park;
};
WakeCost cost_of_waking(std::size_t count) {
    constexpr std::size_t SAMPLES = 1000;
    Crowd crowd(count);
    kernel::Random random(count);
    WakeCost sum{};
    for (std::size_t i = 0; i < SAMPLES; ++i) {
        event::Event& woken = crowd[random.below(count)];
        const std::uint64_t begun = test::instructions();
        event::wake(woken);
        const std::uint64_t awake = test::instructions();
        event::executor().run_once();
        sum.park += test::instructions() - awake;
        sum.wake += awake - begun;
    }
    return {sum.wake / SAMPLES, sum.park / SAMPLES};
}

// Instructions of a wake-up of an event that is ready already, with so many ready, and of one that has ended.
WakeCost cost_of_waking_in_vain(std::size_t count) {
    constexpr std::size_t SAMPLES = 100;
    const event::EventReference over = start(wait_for_wakes(0), event::Priority::high);
    event::executor().run_once();
    Crowd crowd(count);
    for (std::size_t i = 0; i < count; ++i)
        event::wake(crowd[i]);
    WakeCost sum{};
    for (std::size_t i = 0; i < SAMPLES; ++i) {
        const std::uint64_t begun = test::instructions();
        event::wake(crowd[(i + 1) * count / (SAMPLES + 1)]);
        const std::uint64_t awake = test::instructions();
        event::wake(*over.get());
        sum.park += test::instructions() - awake;
        sum.wake += awake - begun;
    }
    return {sum.wake / SAMPLES, sum.park / SAMPLES};
}

// Whether `value` is as `base`, but for a tenth and a few instructions.
bool is_flat(std::uint64_t base, std::uint64_t value) {
    return value <= base + base / 10 + 4;
}

} // namespace

TEST(waker, allocates_nothing) {
    constexpr auto yields = []() static -> event::Task<> {
        for (unsigned i = 0; i < 10; ++i)
            co_await event::yield_now();
    };
    const event::EventReference waiting = start(wait_for_wakes(10));
    start(yields());
    const std::size_t allocations = heap::allocations_asked();
    const std::size_t blocks = heap::stats().allocated_blocks;
    event::executor().run_once();
    event::wake(*waiting.get());
    EXPECT_EQ(heap::stats().allocated_blocks, blocks);
    for (unsigned i = 0; i < 10; ++i) {
        settle();
        event::wake(*waiting.get());
    }
    settle();
    EXPECT_EQ(waiting->state.load(), event::State::finished);
    EXPECT_EQ(heap::allocations_asked(), allocations);
}

TEST(timer, allocates_nothing) {
    constexpr std::size_t COUNT = 100;
    event::EventReference sleeping[COUNT];
    const std::uint64_t begun = arch::now();
    for (std::size_t i = 0; i < COUNT; ++i) // twenty deadlines, five sleepers each
        sleeping[i] = start(sleeper(begun + (100 + i * 37 % COUNT / 5 * 5) * MILLISECOND));
    const std::size_t allocations = heap::allocations_asked();
    const std::size_t blocks = heap::stats().allocated_blocks;
    settle();
    EXPECT_EQ(heap::stats().allocated_blocks, blocks);
    event::Timer past, removed[3];
    for (event::Timer* const timer : {&past, &removed[0], &removed[1], &removed[2]}) {
        timer->event = sleeping[0].get();
        timer->deadline = timer == &past ? 1 : begun + 120 * MILLISECOND;
        arch::InterruptGuard guard;
        event::add_timer(*timer);
    }
    for (event::Timer* const timer : {&removed[1], &removed[0], &removed[2], &removed[2]}) {
        arch::InterruptGuard guard;
        event::remove_timer(*timer);
    }
    pass(150 * MILLISECOND);
    settle();
    event::executor().run();
    EXPECT_EQ(heap::allocations_asked(), allocations);
}

// Wherever in the blocked set an event is, and however large that is.
TEST(waker, costs_the_same_with_many_events) {
    const WakeCost few = cost_of_waking(10);
    const WakeCost many = cost_of_waking(1000);
    test::measure("wake_10", few.wake);
    test::measure("wake_1000", many.wake);
    REQUIRE(is_flat(few.wake, many.wake));
    REQUIRE(is_flat(few.park, many.park));
    const WakeCost few_ready = cost_of_waking_in_vain(10);
    const WakeCost many_ready = cost_of_waking_in_vain(10'000);
    test::measure("wake_ready_10000", many_ready.wake);
    EXPECT(is_flat(few_ready.wake, many_ready.wake));
    EXPECT(is_flat(few_ready.park, many_ready.park));
    const WakeCost crowd = cost_of_waking(100'000);
    test::measure("wake_100000", crowd.wake);
    test::measure("park_100000", crowd.park);
    EXPECT(is_flat(few.wake, crowd.wake));
    EXPECT(is_flat(few.park, crowd.park));
}

#endif
