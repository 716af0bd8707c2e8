// Cancelling what is on the stack: the running event, and events whose destructors run.

#include "labs/4-spawner/tests/support.hpp"

namespace {

Task<int> cancel_oneself(JoinHandle<int>* own, Log* log, bool waits) {
    const Trace local{log, 'l'};
    own->cancel();
    log->note('a'); // its frame is still there
    if (waits)
        co_await event::blocked();
    log->note('b');
    co_return 42;
}

} // namespace

TEST(cancel, of_oneself_comes_with_the_next_wait) {
    Log log;
    int result = NOTHING;
    {
        JoinHandle<int> own;
        own = must_spawn(cancel_oneself(&own, &log, true));
        const auto parent = must_spawn(join_into(&own, &result));
        EXPECT(settle());
        EXPECT_EQ(log, "al");
        EXPECT(event::was_cancelled(*own.get()));
        EXPECT_EQ(result, number_of(Error::cancelled));
    }
    expect_nothing_left();
}

TEST(cancel, of_oneself_before_the_end_changes_nothing) {
    Log log;
    int result = NOTHING;
    {
        JoinHandle<int> own;
        own = must_spawn(cancel_oneself(&own, &log, false));
        const auto parent = must_spawn(join_into(&own, &result));
        EXPECT(settle());
        EXPECT_EQ(log, "abl");
        EXPECT_EQ(result, 42);
    }
    expect_nothing_left();
}

namespace {

Task<> yield_after_cancel(JoinHandle<>* own, Log* log) {
    own->cancel();
    log->note('a');
    co_await event::yield_now(); // woken: it does not go on all the same
    log->note('!');
}
Task<> deep_cancel(JoinHandle<>* own, Log* log) {
    const Trace local{log, 'o'};
    static_cast<void>(co_await yield_after_cancel(own, log));
    log->note('!');
}

} // namespace

TEST(cancel, of_oneself_from_an_inner_frame) {
    Log log;
    {
        JoinHandle<> own;
        own = must_spawn(deep_cancel(&own, &log));
        EXPECT(settle());
        EXPECT_EQ(log, "ao");
        EXPECT_EQ(own.get()->polls, 1u);
    }
    expect_nothing_left();
}

namespace {

// Cancels some event when it is destroyed, and notes its letter before and after.
struct Canceller {
    JoinHandle<>* handle;
    Log* log;
    char letter;
    ~Canceller() {
        log->note(letter);
        handle->cancel();
        log->note(letter);
    }
};

Task<> cancel_at_the_end(JoinHandle<>* handle, Log* log, char letter) {
    const Canceller canceller{handle, log, letter};
    for (;;)
        co_await event::blocked();
}
Task<> cancel_now(JoinHandle<>* handle, Log* log) {
    const Trace local{log, 'r'};
    handle->cancel();
    log->note('-');
    co_await event::blocked();
    log->note('!');
}

} // namespace

TEST(cancel, of_oneself_from_the_own_destructor) {
    Log log;
    {
        JoinHandle<> own;
        own = must_spawn(cancel_at_the_end(&own, &log, 'x'));
        EXPECT(settle());
        own.cancel();
        EXPECT_EQ(log, "xx");
        EXPECT_EQ(event::executor().unfinished, 0u);
    }
    expect_nothing_left();
}

TEST(cancel, in_a_ring_ends_each_once) {
    Log log;
    {
        JoinHandle<> handles[3];
        for (int i = 0; i < 3; ++i)
            handles[i] = must_spawn(cancel_at_the_end(&handles[(i + 1) % 3], &log, static_cast<char>('a' + i)));
        EXPECT(settle());
        handles[0].cancel();
        EXPECT_EQ(log, "abccba");
        EXPECT_EQ(event::executor().unfinished, 0u);
    }
    expect_nothing_left();
}

// The running event cancels another, whose destructor cancels the running one.
TEST(cancel, of_the_caller_from_a_destructor) {
    Log log;
    {
        JoinHandle<> victim;
        JoinHandle<> caller;
        victim = must_spawn(cancel_at_the_end(&caller, &log, 'v'));
        EXPECT(settle());
        caller = must_spawn(cancel_now(&victim, &log));
        EXPECT(settle());
        EXPECT_EQ(log, "vv-r");
        EXPECT(event::was_cancelled(*caller.get()));
    }
    expect_nothing_left();
}

namespace {

// The only handle of the event lies in its own frame.
Task<> keep_own_handle(JoinHandle<>* handle, Log* log) {
    const Trace local{log, 'l'};
    const JoinHandle<> own = std::move(*handle);
    for (;;)
        co_await event::blocked();
}

} // namespace

TEST(cancel, of_an_event_that_keeps_its_own_handle) {
    Log log;
    JoinHandle<> handle;
    handle = must_spawn(keep_own_handle(&handle, &log));
    const event::EventReference reference{*handle.get()};
    EXPECT(settle());
    EXPECT(handle.get() == nullptr);
    event::cancel(*reference.get());
    EXPECT_EQ(log, "l");
    EXPECT_EQ(reference->references.load(), 1u);
}

namespace {

// Asks for its own end, then joins: the join must be undone with it.
Task<> cancel_oneself_and_join(JoinHandle<>* own, JoinHandle<int>* other, Log* log) {
    const Trace local{log, 'l'};
    own->cancel();
    own->cancel();
    log->note('a');
    static_cast<void>(co_await *other);
    log->note('!');
}

} // namespace

TEST(cancel, put_off_lets_go_of_a_join) {
    Log log;
    int second = NOTHING;
    {
        auto child = must_spawn(wait_then_give(42));
        JoinHandle<> own;
        own = must_spawn(cancel_oneself_and_join(&own, &child, &log));
        EXPECT(settle());
        EXPECT_EQ(log, "al");
        EXPECT(event::was_cancelled(*own.get()));
        EXPECT_EQ(own.get()->polls, 1u);
        EXPECT(child.get()->joiner == nullptr);
        EXPECT_EQ(child.get()->references.load(), 2u);
        const auto parent = must_spawn(join_into(&child, &second));
        EXPECT(settle());
        wake(child);
        EXPECT(settle());
        EXPECT_EQ(second, 42);
    }
    expect_nothing_left();
}
