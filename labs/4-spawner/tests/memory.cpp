// Memory runs out at every place in turn: an error value each time, and nothing left behind.

#include "labs/4-spawner/tests/support.hpp"

namespace {

Task<int> with_parameter(Trace, int number) {
    co_return number;
}

} // namespace

TEST(memory, is_missing_for_the_event) {
    Log log;
    {
        auto task = with_parameter(Trace{&log, 'p'}, 1);
        heap::fail_allocation(1);
        const auto handle = event::spawn(std::move(task));
        heap::fail_allocation(0);
        EXPECT(!handle.has_value());
        if (!handle)
            EXPECT_EQ(handle.error(), Error::out_of_memory);
        EXPECT_EQ(log, "p"); // the frame is gone, once
        EXPECT(!event::executor().run_once());
    }
    EXPECT_EQ(log, "p");
    expect_nothing_left();
}

TEST(memory, is_missing_for_the_frame) {
    Log log;
    {
        heap::fail_allocation(1);
        auto task = with_parameter(Trace{&log, 'p'}, 1);
        heap::fail_allocation(0);
        EXPECT(task.is_empty());
        const auto handle = event::spawn(std::move(task));
        EXPECT(!handle.has_value());
        EXPECT_EQ(log, "p");
    }
    expect_nothing_left();
}

namespace {

// Spawns in every way there is, and says at the first error what it was.
Task<int> spawn_in_every_way(Log* log) {
    auto joined = event::spawn(with_parameter(Trace{log, 'a'}, 1));
    if (!joined)
        co_return number_of(joined.error());
    {
        auto detached = event::spawn(with_parameter(Trace{log, 'b'}, 2));
        if (!detached)
            co_return number_of(detached.error());
    }
    Scope scope;
    for (int i = 0; i < 2; ++i)
        if (const auto child = scope.spawn(with_parameter(Trace{log, 'c'}, 3)); !child)
            co_return number_of(child.error());
    const auto awaited = co_await with_parameter(Trace{log, 'd'}, 4);
    if (!awaited)
        co_return number_of(awaited.error());
    co_await scope.join();
    const auto result = co_await *joined;
    co_return number_of(result);
}

} // namespace

TEST(memory, is_missing_for_the_kth_allocation) {
    int result = NOTHING;
    std::size_t failing = 0;
    while (result != 1 && failing < 100) {
        Log log;
        {
            auto task = spawn_in_every_way(&log);
            auto root = must_spawn(std::move(task));
            const auto parent = must_spawn(join_into(&root, &result));
            heap::fail_allocation(++failing);
            EXPECT(settle());
            heap::fail_allocation(0);
            EXPECT((result == 1 || result == number_of(Error::out_of_memory)));
        }
        // As many traces were made as were destroyed: each parameter has one.
        const std::size_t spawned = failing < 9 ? (failing + 1) / 2 : 5;
        EXPECT_EQ(log.count(), spawned);
        expect_nothing_left();
    }
    EXPECT_GE(failing, 9u); // four times frame and event; the awaited frame may lie in its awaiter's; and then none
}
