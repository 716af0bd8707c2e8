// Executor::finish, and the end of an event: its frames go once, and not while they run.

#include "kernel/event/spawner.hpp"
#include "labs/2-executor/tests/support.hpp"

using event::Event;
using event::executor;
using event::Priority;
using event::State;
using event::Task;

namespace {

// What the death of a frame looked like from inside it.
struct Funeral {
    Event* event = nullptr;
    unsigned count = 0;
    bool while_polled = false;
    State state = State::created;
    Log* log = nullptr; // when the frame's death is to start another event
};

// A parameter of a coroutine lives as long as its frame.
class Mourner {
public:
    explicit Mourner(Funeral* funeral) : funeral_{funeral} {}
    Mourner(Mourner&& other) noexcept : funeral_{std::exchange(other.funeral_, nullptr)} {}
    ~Mourner() {
        if (funeral_ == nullptr)
            return;
        ++funeral_->count;
        funeral_->while_polled = event::current() != nullptr;
        if (funeral_->event != nullptr)
            funeral_->state = funeral_->event->state;
        if (funeral_->log != nullptr)
            start(take_turns(funeral_->log, 'z', 2));
    }

private:
    Funeral* funeral_;
};

Task<> live(Mourner, Log* log, unsigned polls) {
    for (unsigned i = 1; i < polls; ++i) {
        log->note('a');
        co_await event::yield_now();
    }
    log->note('a');
}

Task<> hold_itself(event::EventReference itself) {
    itself = event::EventReference{*event::current()};
    co_await event::yield_now();
}

Task<> ask_to_be_cancelled(Mourner, Log* log, bool ends) {
    log->note('a');
    event::current()->cancel_requested = true;
    if (ends)
        co_return;
    co_await event::yield_now();
    log->note('b');
}

} // namespace

TEST(executor, frees_the_frame_once) {
    Log log;
    Funeral funeral;
    funeral.event = start(live(Mourner{&funeral}, &log, 3));
    REQUIRE(funeral.event != nullptr);
    EXPECT(executor().run_once());
    EXPECT(executor().run_once());
    EXPECT_EQ(funeral.count, 0U);
    EXPECT_EQ(run_all(), 1U);
    EXPECT_EQ(funeral.count, 1U);
    EXPECT_EQ(log, "aaa");
}

TEST(executor, frees_no_frame_while_it_is_polled) {
    Log log;
    Funeral funeral;
    funeral.event = start(live(Mourner{&funeral}, &log, 2));
    REQUIRE(funeral.event != nullptr);
    EXPECT_EQ(run_all(), 2U);
    EXPECT_EQ(funeral.count, 1U);
    EXPECT(!funeral.while_polled);
    EXPECT_EQ(funeral.state, State::finished);
}

TEST(executor, frees_the_event) {
    Log log;
    for (char name = 'a'; name <= 'h'; ++name)
        REQUIRE(start(take_turns(&log, name, 2)) != nullptr);
    EXPECT_EQ(event::live_events(), 8U);
    EXPECT_EQ(run_all(), 16U);
    EXPECT_EQ(event::live_events(), 0U);
}

TEST(executor, leaves_an_event_to_who_holds_it) {
    Log log;
    Funeral funeral;
    funeral.event = start(live(Mourner{&funeral}, &log, 1));
    REQUIRE(funeral.event != nullptr);
    {
        const event::EventReference reference{*funeral.event};
        EXPECT_EQ(run_all(), 1U);
        EXPECT_EQ(event::live_events(), 1U);
        EXPECT_EQ(funeral.count, 1U);
        EXPECT_EQ(reference->state.load(), State::finished);
        EXPECT_EQ(reference->references.load(), 1U);
        EXPECT(reference->topmost == nullptr);
    }
    EXPECT_EQ(event::live_events(), 0U);
}

TEST(executor, keeps_the_frame_for_a_join_handle) {
    Log log;
    Funeral funeral;
    Event* const event = start(live(Mourner{&funeral}, &log, 1));
    REQUIRE(event != nullptr);
    event->joinable = true;
    event->retain();
    EXPECT_EQ(run_all(), 1U);
    EXPECT_EQ(funeral.count, 0U);
    EXPECT_EQ(event->state.load(), State::finished);
    EXPECT_EQ(event->references.load(), 1U);
    REQUIRE(event->topmost != nullptr);
    EXPECT(event->topmost.done());
    drop(*event);
    EXPECT_EQ(funeral.count, 1U);
    EXPECT_EQ(event::live_events(), 0U);
}

// The end of a frame is the end of what it holds, and that may be anything.
TEST(executor, survives_what_a_frame_leaves_behind) {
    Log log;
    Funeral funeral;
    funeral.log = &log;
    REQUIRE(start(live(Mourner{&funeral}, &log, 1)) != nullptr);
    EXPECT_EQ(run_all(), 3U);
    EXPECT_EQ(log, "azz");
    EXPECT_EQ(executor().unfinished, 0U);

    REQUIRE(start(hold_itself({})) != nullptr);
    EXPECT_EQ(run_all(), 2U);
    EXPECT_EQ(event::live_events(), 0U);
}

TEST(executor, cancels_an_event_that_asks_for_it) {
    Log log;
    Funeral funeral;
    funeral.event = start(ask_to_be_cancelled(Mourner{&funeral}, &log, false));
    REQUIRE(funeral.event != nullptr);
    EXPECT_EQ(run_all(100), 1U);
    EXPECT_EQ(log, "a");
    EXPECT_EQ(funeral.count, 1U);
    EXPECT(!funeral.while_polled);
    EXPECT_EQ(executor().unfinished, 0U);
    EXPECT_EQ(event::live_events(), 0U);
}

// It has its result: who joins it shall have it.
TEST(executor, finishes_an_event_that_asks_at_its_end) {
    Log log;
    Funeral funeral;
    Event* const event = start(ask_to_be_cancelled(Mourner{&funeral}, &log, true));
    REQUIRE(event != nullptr);
    event->joinable = true;
    event->retain();
    EXPECT_EQ(run_all(), 1U);
    EXPECT_EQ(funeral.count, 0U);
    EXPECT_EQ(event->state.load(), State::finished);
    EXPECT(!event::was_cancelled(*event));
    drop(*event);
}
