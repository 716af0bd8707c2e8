#if !__STDC_HOSTED__
// Timers in great numbers: whether all ring, and the graded indices of what they cost. Counted in instructions, so in
// the kernel only.

#include "kernel/lib/random.hpp"
#include "labs/3-waker/tests/support.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <span>

namespace {

using Timers = std::unique_ptr<event::Timer[]>;

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

// Instructions to take one of `count` timers that are due at once out of their middle, and to add it again.
std::uint64_t cost_among_ties(std::size_t count) {
    constexpr unsigned SAMPLES = 100;
    const event::EventReference nobody = start(wait_for_wakes(1));
    settle();
    const Timers timers{new (std::nothrow) event::Timer[count]};
    if (!timers)
        kernel::panic("the test finds no memory for {} timers", count);
    const std::span<event::Timer> ties{timers.get(), count};
    std::uint64_t sum = 0;
    if (queue_all(ties, *nobody.get(), arch::now() + FAR, 1, ABSURD))
        for (unsigned i = 0; i < SAMPLES; ++i) {
            event::Timer& timer = ties[count / 4 + i];
            arch::InterruptGuard guard;
            const std::uint64_t begun = test::instructions();
            event::remove_timer(timer);
            event::add_timer(timer);
            sum += test::instructions() - begun;
        }
    remove_all(ties);
    cancel_by_hand(nobody);
    return sum / SAMPLES;
}

std::uint64_t growth_permille(const SleepCost& base, const SleepCost& cost) {
    const std::uint64_t sleep = cost.sleep * 1000 / base.sleep;
    const std::uint64_t cancel = cost.cancel * 1000 / base.cancel;
    return sleep > cancel ? sleep : cancel;
}

} // namespace

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
    EXPECT_GT(nobody->polls, 1U);
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
    const std::uint64_t few_ties = cost_among_ties(1000);
    const std::uint64_t many_ties = cost_among_ties(50'000);
    test::measure("tie_1000", few_ties);
    test::measure("tie_50000", many_ties);
    REQUIRE(few_ties > 0);
    REQUIRE(many_ties > 0);
    const std::uint64_t growth = std::max(growth_permille(few, many), many_ties * 1000 / few_ties);
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
