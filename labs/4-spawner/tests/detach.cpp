// Dropping a handle: the event goes on, and frame and result are destroyed once, by whichever comes last.

#include "labs/4-spawner/tests/support.hpp"

namespace {

// A result that notes its end; and a parameter, which lives as long as the frame.
Task<Trace> give_trace(Log* log, unsigned wakes, Trace parameter) {
    for (; wakes > 0; --wakes)
        co_await event::blocked();
    log->note('e');
    co_return Trace{log, 'r'};
}

} // namespace

TEST(detach, lets_the_event_go_on) {
    Log log;
    event::EventReference reference;
    {
        auto handle = must_spawn(give_trace(&log, 1, Trace{&log, 'p'}));
        reference = event::EventReference{*handle.get()};
        EXPECT(settle());
        handle.detach();
        EXPECT(handle.get() == nullptr);
    }
    EXPECT_EQ(log, "");
    EXPECT_EQ(reference->state.load(), State::blocked);
    event::wake(*reference.get());
    EXPECT(settle());
    EXPECT_EQ(reference->state.load(), State::finished);
    EXPECT_EQ(log.text()[0], 'e');
    reference = {};
    expect_nothing_left();
}

TEST(detach, frees_the_frame_at_the_end) {
    Log log;
    {
        auto handle = must_spawn(give_trace(&log, 1, Trace{&log, 'p'}));
        event::EventReference reference{*handle.get()};
        EXPECT(settle());
        handle.detach();
        event::wake(*reference.get());
        EXPECT(settle());
        EXPECT_EQ(log, "erp");
        EXPECT(!reference->topmost);
    }
    EXPECT_EQ(log, "erp");
    expect_nothing_left();
}

TEST(detach, before_the_first_poll) {
    Log log;
    {
        const auto handle = must_spawn(give_trace(&log, 0, Trace{&log, 'p'}));
    }
    EXPECT_EQ(log, "");
    EXPECT(settle());
    EXPECT_EQ(log, "erp");
    expect_nothing_left();
}

TEST(detach, after_the_end_drops_the_result) {
    Log log;
    {
        auto handle = must_spawn(give_trace(&log, 0, Trace{&log, 'p'}));
        const event::EventReference reference{*handle.get()};
        EXPECT(settle());
        EXPECT_EQ(log, "e"); // kept for a join
        handle.detach();
        EXPECT_EQ(log, "erp");
        EXPECT_EQ(reference->references.load(), 1u);
    }
    expect_nothing_left();
}

namespace {

// Owns the right to its own result, and drops it.
Task<> drop_oneself(JoinHandle<>* own, Log* log) {
    own->detach();
    log->note('d');
    co_await event::yield_now();
    log->note('e');
}

} // namespace

TEST(detach, from_the_event_itself) {
    Log log;
    JoinHandle<> own;
    own = must_spawn(drop_oneself(&own, &log));
    EXPECT(settle());
    EXPECT_EQ(log, "de");
    expect_nothing_left();
}
