// What a turn costs does not depend on how many events there are. Only the kernel counts instructions.

#include "labs/2-executor/tests/support.hpp"

#if !__STDC_HOSTED__

using event::executor;
using event::Priority;
using event::Task;

namespace {

Task<> yield_until(const bool* stop) {
    while (!*stop)
        co_await event::yield_now();
}

// Instructions of a turn, in tenths, with `count` events, half of them of a lower priority; 0 when there is no memory
// for them.
std::uint64_t cost_of_a_yield(std::size_t count) {
    constexpr std::size_t FIRST_TURNS = 2'000; // so that all that wait long have begun to age
    constexpr std::size_t TURNS = 10'000;
    bool stop = false;
    bool complete = true;
    for (std::size_t i = 0; i < count && complete; ++i)
        complete = start(yield_until(&stop), i % 2 == 0 ? Priority::normal : Priority::low) != nullptr;
    run_all(FIRST_TURNS);
    const std::uint64_t begin = test::instructions();
    for (std::size_t i = 0; i < TURNS; ++i)
        executor().run_once();
    const std::uint64_t end = test::instructions();
    test::begin_part(); // what their ends cost is another test's
    stop = true;
    EXPECT_EQ(run_all(count), count);
    return complete ? (end - begin) * 10 / TURNS : 0;
}

Task<> end_at_once() {
    co_return;
}

// Instructions to queue an event, to poll it and to settle its end, while `others` are ready, of all priorities.
struct LifeCost {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
};
LifeCost cost_of_a_life(std::size_t others) {
    constexpr std::size_t LIVES = 50; // before anybody ages
    bool stop = false;
    for (std::size_t i = 0; i < others; ++i)
        if (start(yield_until(&stop), static_cast<Priority>(i % 3)) == nullptr)
            return {};
    LifeCost cost;
    for (std::size_t i = 0; i < LIVES; ++i) {
        event::Event* const event = make(end_at_once(), Priority::high);
        if (event == nullptr)
            return {};
        const std::uint64_t begun = test::instructions();
        executor().start(*event);
        const std::uint64_t started = test::instructions();
        executor().run_once();
        cost.end += test::instructions() - started;
        cost.start += started - begun;
    }
    stop = true;
    EXPECT_EQ(run_all(others), others);
    EXPECT_EQ(event::live_events(), 0U);
    return {cost.start / LIVES, cost.end / LIVES};
}

} // namespace

TEST(executor, ends_events_at_the_same_cost) {
    const LifeCost few = cost_of_a_life(9);
    const LifeCost many = cost_of_a_life(9'000);
    test::measure("start_with_9", few.start);
    test::measure("start_with_9000", many.start);
    test::measure("end_with_9", few.end);
    test::measure("end_with_9000", many.end);
    EXPECT_GT(few.end, 0U);
    EXPECT_GT(many.end, 0U);
    EXPECT_LE(many.start, few.start + few.start / 4 + 8);
    EXPECT_LE(many.end, few.end + few.end / 4 + 8);
}

TEST(executor, costs_the_same_however_many_events) {
    const std::uint64_t few = cost_of_a_yield(10);
    const std::uint64_t many = cost_of_a_yield(1'000);
    test::measure("tenths_of_instructions_with_10", few);
    test::measure("tenths_of_instructions_with_1000", many);
    // Where many wait they age, which costs something, but does not grow with them.
    EXPECT_LE(many, few * 2);
    REQUIRE(many <= few * 2); // or the next would take for ever
    const std::uint64_t most = cost_of_a_yield(100'000);
    test::measure("tenths_of_instructions_with_100000", most);
    EXPECT_GT(most, 0U);
    EXPECT_LE(most, many + many / 4);
}

#endif
