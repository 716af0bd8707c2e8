// Event::poll: from the resume point to where the event next waits or ends.

#include "arch/interrupts.hpp"
#include "labs/2-executor/tests/support.hpp"

using event::Event;
using event::Poll;
using event::Task;

namespace {

Task<> note_and_end(Log* log) {
    log->note('a');
    co_return;
}

Task<int> innermost(Log* log) {
    log->note('c');
    co_await event::yield_now();
    log->note('d');
    co_await event::yield_now();
    log->note('e');
    co_return 7;
}

Task<int> middle(Log* log) {
    log->note('b');
    const int value = (co_await innermost(log)).value_or(0);
    log->note('f');
    co_return value + 1;
}

Task<> outermost(Log* log, int* result) {
    log->note('a');
    *result = (co_await middle(log)).value_or(0);
    log->note('g');
}

Task<int> add(int left, int right) {
    co_return left + right;
}

Task<> add_up(int* sum) {
    for (int i = 1; i <= 4; ++i)
        *sum = (co_await add((co_await add(*sum, 0)).value_or(0), i)).value_or(0);
}

// A wait that lasts as long as the test wants it to.
class Gate final : public event::Wait {
public:
    explicit Gate(const bool* open) : open_{open} {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<>) { event::current()->wait = this; }
    void await_resume() { event::current()->wait = nullptr; }
    bool is_over() const override { return *open_; }
    const char* what() const override { return "gate"; }

private:
    const bool* open_;
};

Task<> pass_the_gate(Log* log, const bool* open) {
    log->note('a');
    co_await Gate{open};
    log->note('b');
}

} // namespace

TEST(executor, polls_a_task_to_its_end) {
    Log log;
    Event* const event = make(note_and_end(&log));
    REQUIRE(event != nullptr);
    EXPECT_EQ(poll_alone(*event), Poll::ready);
    EXPECT_EQ(log, "a");
    drop(*event);
}

// Its frame may hold the result, which a join handle wants to see.
TEST(executor, leaves_the_ended_frame_alone) {
    Log log;
    Event* const event = make(note_and_end(&log));
    REQUIRE(event != nullptr);
    REQUIRE(poll_alone(*event) == Poll::ready);
    EXPECT(event->resume_point == nullptr);
    REQUIRE(event->topmost != nullptr);
    EXPECT(event->topmost.done());
    drop(*event);
}

TEST(executor, stops_where_the_event_waits) {
    Log log;
    Event* const event = make(take_turns(&log, 'a', 3));
    REQUIRE(event != nullptr);
    EXPECT_EQ(poll_alone(*event), Poll::pending);
    EXPECT_EQ(log, "a");
    EXPECT_EQ(poll_alone(*event), Poll::pending);
    EXPECT_EQ(log, "aa");
    EXPECT_EQ(poll_alone(*event), Poll::ready);
    EXPECT_EQ(log, "aaa");
    drop(*event);
}

TEST(executor, goes_on_at_the_resume_point) {
    Log log;
    int result = 0;
    Event* const event = make(outermost(&log, &result));
    REQUIRE(event != nullptr);
    for (const char* expected : {"abc", "abcd"}) {
        const Poll gave = poll_alone(*event);
        EXPECT_EQ(log, expected);
        REQUIRE(gave == Poll::pending);
    }
    EXPECT_EQ(poll_alone(*event), Poll::ready);
    EXPECT_EQ(log, "abcdefg");
    EXPECT_EQ(result, 8);
    drop(*event);
}

// An await of something that need not wait is no wait.
TEST(executor, awaits_within_one_poll) {
    int sum = 0;
    Event* const event = make(add_up(&sum));
    REQUIRE(event != nullptr);
    EXPECT_EQ(poll_alone(*event), Poll::ready);
    EXPECT_EQ(sum, 10);
    drop(*event);
}

TEST(executor, lets_an_event_wait) {
    Log log;
    bool open = false;
    Event* const event = make(pass_the_gate(&log, &open));
    REQUIRE(event != nullptr);
    for (int i = 0; i < 5; ++i) {
        const Poll gave = poll_alone(*event);
        EXPECT_EQ(log, "a");
        REQUIRE(gave == Poll::pending);
    }
    open = true;
    EXPECT_EQ(poll_alone(*event), Poll::ready);
    EXPECT_EQ(log, "ab");
    drop(*event);
}

// Counting, queueing and settling are the executor's; and a wake-up is no reason not to run.
TEST(executor, polls_and_changes_nothing_else) {
    Log log;
    bool open = false;
    Event* const event = make(pass_the_gate(&log, &open));
    REQUIRE(event != nullptr);
    const std::uint64_t polls = event::executor().polls;
    event->state = event::State::ready;
    event->state = event::State::running;
    event->state = event::State::woken;
    EXPECT_EQ(event->poll(), Poll::pending);
    EXPECT_EQ(log, "a");
    EXPECT_EQ(event->state.load(), event::State::woken);
    for (int i = 0; i < 2; ++i) { // while its wait is not over
        const auto topmost = event->topmost;
        const auto resume_point = event->resume_point;
        const event::Wait* const wait = event->wait;
        EXPECT(wait != nullptr);
        EXPECT_EQ(event->poll(), Poll::pending);
        EXPECT(event->topmost == topmost);
        EXPECT(event->resume_point == resume_point);
        EXPECT(event->wait == wait);
        EXPECT_EQ(event->state.load(), event::State::woken);
        EXPECT(event::current() == nullptr);
        EXPECT(arch::interrupts_enabled());
    }
    open = true;
    EXPECT_EQ(event->poll(), Poll::ready);
    EXPECT_EQ(log, "ab");
    EXPECT_EQ(event->state.load(), event::State::woken);
    EXPECT(!event->node.is_linked());
    EXPECT_EQ(event->references.load(), 1U);
    EXPECT_EQ(event->polls, 0U);
    EXPECT_EQ(event::executor().polls, polls);
    EXPECT_EQ(event::executor().unfinished, 0U);
    EXPECT(arch::interrupts_enabled());
    drop(*event);
}
