// The stack that an event needs does not depend on how often or how deep it awaits: what grows lies on the heap.

#include "labs/2-executor/tests/support.hpp"

#include <algorithm>

using event::Task;

namespace {

// Where the stack of a frame that runs now begins, least and greatest over the looks.
struct Depth {
    std::uintptr_t least = UINTPTR_MAX;
    std::uintptr_t most = 0;
    [[gnu::always_inline]] void look() {
        const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
        least = std::min(least, here);
        most = std::max(most, here);
    }
    std::uintptr_t span() const { return most - least; }
};

// An await costs the same stack whichever frame does it; the frames of different coroutines differ by little.
constexpr std::uintptr_t SLACK_BYTES = 2048;

Task<unsigned> one(Depth* depth) {
    depth->look();
    co_return 1;
}

Task<> await_often(Depth* depth, unsigned times, unsigned* sum) {
    for (unsigned i = 0; i < times; ++i)
        *sum += (co_await one(depth)).value_or(0);
}

Task<unsigned> descend(Depth* depth, unsigned levels) {
    depth->look();
    if (levels == 0) {
        co_await event::yield_now();
        depth->look();
        co_return 0;
    }
    const unsigned below = (co_await descend(depth, levels - 1)).value_or(0);
    depth->look();
    co_return below + 1;
}

Task<> await_deep(Depth* depth, unsigned levels, unsigned* sum) {
    *sum = (co_await descend(depth, levels)).value_or(0);
}

Task<> yield_often(Depth* depth, unsigned times) {
    for (unsigned i = 0; i < times; ++i) {
        depth->look();
        co_await event::yield_now();
    }
}

} // namespace

TEST(executor, keeps_the_stack_flat_over_many_awaits) {
    constexpr unsigned TIMES = 100'000;
    Depth depth;
    unsigned sum = 0;
    REQUIRE(start(await_often(&depth, TIMES, &sum)) != nullptr);
    EXPECT_EQ(run_all(), 1U);
    EXPECT_EQ(sum, TIMES);
    EXPECT_LE(depth.span(), SLACK_BYTES);
    test::measure("stack_bytes", depth.span());
}

TEST(executor, keeps_the_stack_flat_in_deep_chains) {
    constexpr unsigned LEVELS = 10'000;
    Depth depth;
    unsigned sum = 0;
    REQUIRE(start(await_deep(&depth, LEVELS, &sum)) != nullptr);
    EXPECT_EQ(run_all(), 2U);
    EXPECT_EQ(sum, LEVELS);
    EXPECT_LE(depth.span(), SLACK_BYTES);
    test::measure("stack_bytes", depth.span());
}

TEST(executor, keeps_the_stack_flat_over_many_polls) {
    Depth depth;
    for (int i = 0; i < 4; ++i)
        REQUIRE(start(yield_often(&depth, 10'000)) != nullptr);
    EXPECT_EQ(run_all(), 4 * 10'001U);
    EXPECT_LE(depth.span(), SLACK_BYTES);
    test::measure("stack_bytes", depth.span());
}
