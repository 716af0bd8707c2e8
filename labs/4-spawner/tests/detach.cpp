// Dropping a handle: the event goes on, and frame and result are destroyed once, by whichever comes last.

#include "arch/interrupts.hpp"
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

namespace {

// Ends whoever joins the event of the frame that it lies in, and puts another event into its place, blocked.
struct Avenger {
    JoinHandle<>* joiner = nullptr;
    Task<>* prepared = nullptr; // its frame was made before, so that the next block of an event's size is the joiner's
    event::Event** replacement = nullptr;

    Avenger(JoinHandle<>* whom, Task<>* task, event::Event** event)
        : joiner{whom}, prepared{task}, replacement{event} {}
    Avenger(Avenger&& other) noexcept
        : joiner{std::exchange(other.joiner, nullptr)}, prepared{other.prepared}, replacement{other.replacement} {}
    ~Avenger() {
        if (joiner == nullptr)
            return;
        joiner->cancel();
        *joiner = {};
        *replacement = event::Event::create(prepared->release()).value_or(nullptr);
        if (*replacement == nullptr)
            return;
        event::executor().start(**replacement);
        arch::InterruptGuard guard;
        (*replacement)->node.unlink();
        (*replacement)->state = State::running;
        (*replacement)->state = State::blocked;
        event::executor().blocked.push_back(**replacement);
    }
};
Task<int> give_and_avenge(Avenger) {
    co_await event::blocked();
    co_return 1;
}

} // namespace

// The frame's destructors may end the one that waits, which is then no more, and something else lies where it was.
TEST(detach, tells_nobody_who_is_gone) {
    int result = NOTHING;
    event::Event* replacement = nullptr;
    {
        Task<> prepared = wait_for_ever();
        JoinHandle<> joiner;
        auto child = must_spawn(give_and_avenge(Avenger{&joiner, &prepared, &replacement}));
        joiner = must_spawn(join_into(&child, &result), event::Priority::low);
        EXPECT(settle());
        wake(child);
        EXPECT(event::executor().run_once()); // the child has ended, the joiner is ready
        EXPECT_EQ(child.get()->state.load(), State::finished);
        child = {};
        EXPECT(joiner.get() == nullptr);
        REQUIRE(replacement != nullptr);
        EXPECT_EQ(replacement->state.load(), State::blocked);
        EXPECT_EQ(result, NOTHING);
        event::cancel(*replacement);
    }
    expect_nothing_left();
}
