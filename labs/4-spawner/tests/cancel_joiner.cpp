// Cancelling the one that joins, and both: neither may be touched through the other afterwards.

#include "labs/4-spawner/tests/support.hpp"

TEST(cancel, of_a_joiner_makes_room_for_another) {
    int first = NOTHING;
    int second = NOTHING;
    {
        auto child = must_spawn(wait_then_give(42));
        auto one = must_spawn(join_into(&child, &first));
        EXPECT(settle());
        one.cancel();
        EXPECT(child.get()->joiner == nullptr);
        const auto other = must_spawn(join_into(&child, &second));
        EXPECT(settle());
        wake(child);
        EXPECT(settle());
        EXPECT_EQ(first, NOTHING);
        EXPECT_EQ(second, 42);
    }
    expect_nothing_left();
}

// The child has ended, the joiner is woken, and is cancelled before its turn comes: the result is still there.
TEST(cancel, of_a_woken_joiner_loses_no_result) {
    int first = NOTHING;
    int second = NOTHING;
    {
        auto child = must_spawn(wait_then_give(42));
        auto one = must_spawn(join_into(&child, &first), event::Priority::low);
        EXPECT(settle());
        wake(child);
        EXPECT(event::executor().run_once());
        EXPECT_EQ(one.get()->state.load(), State::ready);
        one.cancel();
        const auto other = must_spawn(join_into(&child, &second));
        EXPECT(settle());
        EXPECT_EQ(first, NOTHING);
        EXPECT_EQ(second, 42);
    }
    expect_nothing_left();
}

namespace {

// Owns the handle that it awaits: both go with its frame, and the child is detached.
Task<> own_and_join(Task<> task, event::EventReference* child) {
    const auto handle = event::spawn(std::move(task));
    *child = event::EventReference{*handle->get()};
    static_cast<void>(co_await *handle);
}

} // namespace

TEST(cancel, of_a_joiner_detaches_the_child_that_it_owns) {
    Log log;
    {
        event::EventReference child;
        auto parent = must_spawn(own_and_join(hold(&log, 'c'), &child));
        EXPECT(settle());
        parent.cancel();
        EXPECT_EQ(log, "");
        EXPECT_EQ(child->state.load(), State::blocked);
        EXPECT(!child->joinable);
        event::cancel(*child.get());
        EXPECT_EQ(log, "c");
    }
    expect_nothing_left();
}

namespace {

// Cancels another event when it is destroyed.
struct Canceller {
    event::Event* event;
    ~Canceller() { event::cancel(*event); }
};

Task<> join_and_cancel(JoinHandle<int>* handle, int* result) {
    const Canceller canceller{handle->get()};
    *result = number_of(co_await *handle);
}
// The other way round: an event whose end cancels whoever joins it.
Task<int> take_along(event::EventReference* joiner, Log* log) {
    const Trace trace{log, 'c'};
    co_await event::blocked();
    const Canceller canceller{joiner->get()};
    co_await event::blocked();
    co_return 1;
}

} // namespace

TEST(cancel, of_a_joiner_that_takes_the_child_along) {
    int result = NOTHING;
    {
        auto child = must_spawn(wait_then_give(42));
        auto parent = must_spawn(join_and_cancel(&child, &result));
        EXPECT(settle());
        parent.cancel();
        EXPECT_EQ(child.get()->state.load(), State::finished);
        EXPECT(event::was_cancelled(*child.get()));
        EXPECT(!event::executor().run_once());
    }
    EXPECT_EQ(result, NOTHING);
    expect_nothing_left();
}

TEST(cancel, of_a_child_that_takes_the_joiner_along) {
    int result = NOTHING;
    Log log;
    {
        event::EventReference joiner;
        auto child = must_spawn(take_along(&joiner, &log));
        auto parent = must_spawn(join_into(&child, &result));
        joiner = event::EventReference{*parent.get()};
        EXPECT(settle());
        event::wake(*child.get());
        EXPECT(settle());
        child.cancel();
        EXPECT_EQ(log, "c");
        EXPECT_EQ(parent.get()->state.load(), State::finished);
        EXPECT(child.get()->joiner == nullptr);
        EXPECT(!event::executor().run_once());
    }
    EXPECT_EQ(result, NOTHING);
    expect_nothing_left();
}
