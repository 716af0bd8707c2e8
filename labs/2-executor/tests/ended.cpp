// Executor::finish tells who waits for the event, through event::ended: lab 4's, or the stand-in of the stages before.

#include "arch/interrupts.hpp"
#include "kernel/stage/no_spawner.hpp"
#include "labs/2-executor/tests/support.hpp"

#include <utility>

#if !__STDC_HOSTED__
#include "kernel/stage/stage.hpp"
#endif

using event::Event;
using event::State;

namespace {

struct Notice {
    Event* event = nullptr;
    State state = State::created;
    bool has_frame = false;
    unsigned count = 0;
};
constinit Notice notice{};

bool has_spawner() {
#if __STDC_HOSTED__
    return false;
#else
    return stage::lab_folder() >= "labs/4";
#endif
}

} // namespace

TEST(executor, tells_that_an_event_has_ended) {
    notice = {};
    event::when_ended = [](Event& event) {
        notice = {&event, event.state, event.topmost != nullptr, notice.count + 1};
    };
    Log log;
    Event* const event = start(take_turns(&log, 'a', 3));
    REQUIRE(event != nullptr);
    const event::EventReference reference{*event};
    run_all(2);
    EXPECT_EQ(notice.count, 0U);
    run_all();
    event::when_ended = nullptr;
    EXPECT_EQ(log, "aaa");
    if (has_spawner())
        return; // which sees to it in its own tests
    EXPECT_EQ(notice.count, 1U);
    EXPECT(notice.event == event);
    EXPECT_EQ(notice.state, State::finished);
    EXPECT(!notice.has_frame);
}

namespace {

// What one of the duties of finish finds.
struct Sight {
    unsigned count = 0;
    State state = State::created;
    bool has_frame = false;
    bool is_current = false;
    bool interrupts = false;
    std::uint32_t references = 0;

    void look(const Event& event) {
        *this = {count + 1,
                 event.state,
                 event.topmost != nullptr,
                 event::current() != nullptr,
                 arch::interrupts_enabled(),
                 event.references.load()};
    }
};
constinit Sight at_death{}; // of the frame
constinit Sight at_notice{};
constinit bool frame_died_first = false;

struct Dying {
    Event* event = nullptr;
    Dying() = default;
    Dying(Dying&& other) noexcept : event{std::exchange(other.event, nullptr)} {}
    ~Dying() {
        if (event != nullptr)
            at_death.look(*event);
    }
};

event::Task<> live_and_die(Dying dying) {
    dying.event = event::current();
    co_await event::yield_now();
}

} // namespace

// Finished, the frames, `ended`, the executor's reference. The event has one reference, so that whoever lets go of it
// too early has nothing left to tell about; then one that a join handle would hold, and with it the frame is kept.
TEST(executor, ends_an_event_in_order) {
    if (has_spawner())
        return; // whose own `ended` nobody can listen to
    for (const bool joinable : {false, true}) {
        at_death = at_notice = {};
        event::when_ended = [](Event& event) {
            frame_died_first = at_death.count != 0;
            at_notice.look(event);
        };
        Event* const event = start(live_and_die({}));
        REQUIRE(event != nullptr);
        event->joinable = joinable;
        if (joinable)
            event->retain();
        run_all();
        event::when_ended = nullptr;
        EXPECT_EQ(at_notice.count, 1U);
        EXPECT_EQ(at_notice.state, State::finished);
        EXPECT_EQ(at_notice.has_frame, joinable);
        EXPECT_EQ(frame_died_first, !joinable);
        EXPECT_GE(at_notice.references, joinable ? 2U : 1U); // the executor's is not given up yet
        EXPECT(!at_notice.is_current);
        EXPECT(at_notice.interrupts);
        if (joinable) {
            EXPECT_EQ(event->references.load(), 1U);
            drop(*event);
        } else {
            EXPECT_EQ(at_death.state, State::finished);
            EXPECT_GE(at_death.references, 1U);
            EXPECT(at_death.interrupts);
        }
        EXPECT_EQ(at_death.count, 1U);
        EXPECT(!at_death.is_current);
        EXPECT_EQ(event::live_events(), 0U);
    }
}
