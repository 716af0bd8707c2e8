// Joining: the value, once, whether the end comes before or after; without polling, without allocating.

#include "labs/4-spawner/tests/support.hpp"

TEST(join, before_the_end) {
    int result = NOTHING;
    {
        auto child = must_spawn(wait_then_give(42));
        const auto parent = must_spawn(join_into(&child, &result));
        EXPECT(settle());
        EXPECT_EQ(result, NOTHING);
        EXPECT_EQ(parent.get()->state.load(), State::blocked);
        wake(child);
        EXPECT(settle());
        EXPECT_EQ(result, 42);
        EXPECT_EQ(parent.get()->state.load(), State::finished);
    }
    expect_nothing_left();
}

TEST(join, after_the_end) {
    int result = NOTHING;
    {
        auto child = must_spawn(give(42));
        EXPECT(settle());
        const auto parent = must_spawn(join_into(&child, &result));
        EXPECT(settle());
        EXPECT_EQ(result, 42);
        EXPECT_EQ(parent.get()->polls, 1u); // there was nothing to wait for
    }
    expect_nothing_left();
}

// Whoever runs first, the child or the one that joins it, and whichever of them goes before the other.
TEST(join, knows_no_priorities) {
    for (unsigned pair = 0; pair < event::PRIORITY_COUNT * event::PRIORITY_COUNT; ++pair)
        for (const unsigned wakes : {0U, 1U}) {
            const auto of_child = static_cast<event::Priority>(pair % event::PRIORITY_COUNT);
            const auto of_parent = static_cast<event::Priority>(pair / event::PRIORITY_COUNT);
            int result = NOTHING;
            {
                auto child = must_spawn(wait_then_give(42, wakes), of_child);
                const auto parent = must_spawn(join_into(&child, &result), of_parent);
                EXPECT(settle());
                if (wakes > 0)
                    wake(child);
                EXPECT(settle());
                EXPECT_EQ(result, 42);
                EXPECT_LE(parent.get()->polls, 2u);
            }
            expect_nothing_left();
        }
}

TEST(join, polls_the_joiner_for_the_end_only) {
    int result = NOTHING;
    {
        auto child = must_spawn(wait_then_give(1, 5));
        const auto parent = must_spawn(join_into(&child, &result));
        EXPECT(settle());
        for (int wakes = 1; wakes <= 5; ++wakes) {
            EXPECT_EQ(parent.get()->polls, 1u);
            wake(child);
            EXPECT(settle());
        }
        EXPECT_EQ(parent.get()->polls, 2u);
        EXPECT_EQ(child.get()->polls, 6u);
    }
    EXPECT_EQ(result, 1);
    expect_nothing_left();
}

TEST(join, allocates_nothing) {
    int results[2] = {};
    {
        auto early = must_spawn(give(1));
        auto late = must_spawn(wait_then_give(2));
        const auto first = must_spawn(join_into(&early, &results[0]));
        const auto second = must_spawn(join_into(&late, &results[1]));
        const std::size_t before = heap::allocations_asked();
        EXPECT(settle());
        wake(late);
        EXPECT(settle());
        EXPECT_EQ(heap::allocations_asked() - before, 0u);
    }
    EXPECT_EQ(results[0], 1);
    EXPECT_EQ(results[1], 2);
    expect_nothing_left();
}

namespace {

// Cannot be copied nor assigned, and is moved out of the frame no more often than it must.
struct Parcel {
    Log* log;
    explicit Parcel(Log* log_) : log{log_} {}
    Parcel(Parcel&& other) noexcept : log{std::exchange(other.log, nullptr)} {}
    Parcel& operator=(Parcel&&) = delete;
    ~Parcel() {
        if (log != nullptr)
            log->note('x');
    }
};

Task<Parcel> give_parcel(Log* log) {
    co_return Parcel{log};
}
Task<> open(JoinHandle<Parcel>* handle, Log* log) {
    {
        const auto parcel = co_await *handle;
        log->note(parcel.has_value() && parcel->log == log ? 'p' : '-');
    }
    const auto again = co_await *handle;
    log->note(!again.has_value() && again.error() == Error::already_joined ? 'a' : '-');
}

} // namespace

TEST(join, gives_the_value_once) {
    Log log;
    {
        auto child = must_spawn(give_parcel(&log));
        const auto parent = must_spawn(open(&child, &log));
        EXPECT(settle());
        EXPECT_EQ(log, "pxa");
        EXPECT(!child.get()->topmost); // its frame went with the result
    }
    EXPECT_EQ(log, "pxa");
    expect_nothing_left();
}

namespace {

Task<int> sum_of_children(int depth) {
    if (depth == 0)
        co_return 1;
    auto left = event::spawn(sum_of_children(depth - 1));
    auto right = event::spawn(sum_of_children(depth - 1));
    if (!left || !right)
        co_return NOTHING;
    const auto one = co_await *left;
    const auto other = co_await *right;
    co_return number_of(one) + number_of(other);
}

} // namespace

TEST(join, makes_a_tree_of_events) {
    int result = NOTHING;
    {
        auto root = must_spawn(sum_of_children(8));
        const auto parent = must_spawn(join_into(&root, &result));
        EXPECT(settle());
    }
    EXPECT_EQ(result, 256);
    expect_nothing_left();
}
