#if !__STDC_HOSTED__
// What waking and sleeping cost: no memory, and the same however many events there are. Counted in instructions, so in
// the kernel only.

#include "kernel/lib/random.hpp"
#include "kernel/mm/heap.hpp"
#include "kernel/mm/new.hpp"
#include "labs/3-waker/tests/support.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <span>

namespace {

using Timers = std::unique_ptr<event::Timer[]>;

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
    }
    ~Crowd() {
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

// Timers with random deadlines in the span from `begin` on. Gives up, and gives false, when that has become absurdly
// dear: more than `limit` instructions a timer.
bool queue_all(std::span<event::Timer> timers, event::Event& whose, std::uint64_t begin, std::uint64_t length,
               std::uint64_t limit) {
    constexpr std::size_t AT_A_TIME = 500;
    kernel::Random random(timers.size());
    std::uint64_t begun = test::instructions();
    for (std::size_t i = 0; i < timers.size(); ++i) {
        timers[i].deadline = begin + random.below(length);
        timers[i].event = &whose;
        arch::InterruptGuard guard;
        event::add_timer(timers[i]);
        if (i % AT_A_TIME == AT_A_TIME - 1) {
            const std::uint64_t now = test::instructions();
            if (now - begun > limit * AT_A_TIME)
                return false;
            begun = now;
        }
    }
    return true;
}

void remove_all(std::span<event::Timer> timers) {
    for (event::Timer& timer : timers) {
        arch::InterruptGuard guard;
        event::remove_timer(timer);
    }
}

constexpr std::uint64_t FAR = 3600'000 * MILLISECOND;
constexpr std::uint64_t ABSURD = 20'000;

// Instructions of a sleep and its wake-up, the whole round through executor, timer, interrupt and halt, while `count`
// others sleep; and of a sleep begun and cancelled at a random place among them. 0 when it became absurd.
struct SleepCost {
    std::uint64_t sleep = 0;
    std::uint64_t cancel = 0;
};
SleepCost cost_of_sleeping(std::size_t count) {
    constexpr unsigned SAMPLES = 300;
    const event::EventReference nobody = start(wait_for_wakes(1));
    settle();
    const Timers timers{new (std::nothrow) event::Timer[count]};
    if (!timers)
        kernel::panic("the test finds no memory for {} timers", count);
    const std::span<event::Timer> others{timers.get(), count};
    SleepCost cost;
    const std::uint64_t begin = arch::now() + FAR;
    if (queue_all(others, *nobody.get(), begin, FAR, ABSURD)) {
        constexpr auto sleeps = [](unsigned times) static -> event::Task<> {
            while (times-- > 0)
                co_await event::sleep_for(100 * MICROSECOND);
        };
        run_to_end_of(start(sleeps(10))); // the first sleeps may put something in order
        const event::EventReference measured = start(sleeps(SAMPLES));
        const std::uint64_t begun = test::instructions();
        run_to_end_of(measured);
        cost.sleep = (test::instructions() - begun) / SAMPLES;

        kernel::Random random(1);
        event::Timer timer;
        timer.event = nobody.get();
        std::uint64_t sum = 0;
        for (unsigned i = 0; i < SAMPLES; ++i) {
            timer.deadline = begin + random.below(FAR);
            arch::InterruptGuard guard;
            const std::uint64_t at = test::instructions();
            event::add_timer(timer);
            event::remove_timer(timer);
            sum += test::instructions() - at;
        }
        cost.cancel = sum / SAMPLES;
    }
    remove_all(others);
    cancel_by_hand(nobody);
    return cost;
}

// Whether `value` is as `base`, but for a tenth and a few instructions.
bool is_flat(std::uint64_t base, std::uint64_t value) {
    return value <= base + base / 10 + 4;
}

std::uint64_t growth_permille(const SleepCost& base, const SleepCost& cost) {
    const std::uint64_t sleep = cost.sleep * 1000 / base.sleep;
    const std::uint64_t cancel = cost.cancel * 1000 / base.cancel;
    return sleep > cancel ? sleep : cancel;
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
    for (std::size_t i = 0; i < COUNT; ++i)
        sleeping[i] = start(sleeper(arch::now() + (100 + i * 37 % COUNT) * MILLISECOND));
    const std::size_t allocations = heap::allocations_asked();
    const std::size_t blocks = heap::stats().allocated_blocks;
    settle();
    EXPECT_EQ(heap::stats().allocated_blocks, blocks);
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
    const WakeCost crowd = cost_of_waking(100'000);
    test::measure("wake_100000", crowd.wake);
    test::measure("park_100000", crowd.park);
    EXPECT(is_flat(few.wake, crowd.wake));
    EXPECT(is_flat(few.park, crowd.park));
}

// More sleepers than a list that is searched from one end likes, but not more than it can hold.
TEST(timer, wakes_a_crowd) {
    constexpr std::size_t COUNT = 3000;
    const event::EventReference nobody = start(wait_for_wakes(1'000'000));
    const Timers timers{new (std::nothrow) event::Timer[COUNT]};
    REQUIRE(timers);
    const std::uint64_t begin = arch::now() + 4000 * MILLISECOND;
    REQUIRE(queue_all({timers.get(), COUNT}, *nobody.get(), begin, 1000 * MILLISECOND, 1'000'000));
    while (arch::now() < begin + 1001 * MILLISECOND)
        if (!event::executor().run_once() && arch::now() < begin + 900 * MILLISECOND)
            event::idle();
    std::size_t left = 0;
    for (std::size_t i = 0; i < COUNT; ++i)
        left += timers[i].is_queued ? 1 : 0;
    EXPECT_EQ(left, 0U);
    settle();
    EXPECT_GT(nobody->polls, COUNT / 2);
    cancel_by_hand(nobody);
}

// The graded index of growth: a sleep among a million others, against one among a thousand.
TEST(timer, index_growth) {
    const SleepCost few = cost_of_sleeping(1000);
    REQUIRE(few.sleep > 0);
    const SleepCost many = cost_of_sleeping(100'000);
    REQUIRE(many.sleep > 0);
    const SleepCost million = cost_of_sleeping(1'000'000);
    REQUIRE(million.sleep > 0);
    test::measure("sleep_1000", few.sleep);
    test::measure("sleep_1000000", million.sleep);
    test::measure("cancel_1000000", million.cancel);
    const std::uint64_t growth = growth_permille(few, many);
    test::measure("growth_permille", std::max(growth, growth_permille(few, million)));
}

// The graded index of cost: all of the life of a hundred thousand timers with random deadlines, most of them due at
// once in the end. Putting them in order is what costs.
TEST(timer, index_instructions) {
    constexpr std::size_t COUNT = 100'000;
    constexpr std::uint64_t SECOND = 1000 * MILLISECOND;
    const event::EventReference nobody = start(wait_for_wakes(1'000'000));
    settle();
    const Timers timers{new (std::nothrow) event::Timer[COUNT]};
    REQUIRE(timers);
    const std::span<event::Timer> all{timers.get(), COUNT};
    bool queued;
    {
        arch::InterruptGuard guard;
        const std::uint64_t begin = arch::now() + SECOND;
        const std::uint64_t at_first = test::instructions();
        queued = queue_all(all, *nobody.get(), begin, SECOND, ABSURD);
        std::uint64_t instructions = test::instructions() - at_first;
        if (queued) {
            while (arch::now() <= begin + SECOND) {
            }
            const std::uint64_t before = test::instructions();
            event::expire_timers(arch::now());
            instructions += test::instructions() - before;
            test::measure("instructions_per_timer", instructions / COUNT);
        }
    }
    EXPECT(queued);
    std::size_t left = 0;
    for (const event::Timer& timer : all)
        left += timer.is_queued ? 1 : 0;
    EXPECT_EQ(left, queued ? 0U : left);
    remove_all(all);
    settle();
    cancel_by_hand(nobody);
}
#endif
