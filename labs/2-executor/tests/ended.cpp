// Executor::finish tells who waits for the event, through event::ended: lab 4's, or the stand-in of the stages before.

#include "kernel/stage/no_spawner.hpp"
#include "labs/2-executor/tests/support.hpp"

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
