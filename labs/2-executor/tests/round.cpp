// Executor::run_once: rounds of polls, each event once, until it is ready.

#include "arch/interrupts.hpp"
#include "labs/2-executor/tests/support.hpp"

#include <utility>

using event::Event;
using event::Executor;
using event::executor;
using event::Priority;
using event::State;
using event::Task;

namespace {

Task<> start_another(Log* log, char name, char child, Priority priority) {
    log->note(name);
    start(take_turns(log, child, 2), priority);
    log->note(name);
    co_await event::yield_now();
    log->note(name);
}

Task<> multiply(Log* log, unsigned generations) {
    log->note(static_cast<char>('0' + generations));
    if (generations == 0)
        co_return;
    start(multiply(log, generations - 1));
    co_await event::yield_now();
    start(multiply(log, generations - 1));
}

// What the counts are while an event is polled, and while its frame dies.
struct Counts {
    std::uint64_t of_all = 0;
    std::uint32_t own = 0;
    void look(const Event& event) { *this = {executor().polls, event.polls}; }
};
class Counter {
public:
    explicit Counter(Counts* counts) : counts_{counts} {}
    Counter(Counter&& other) noexcept : counts_{std::exchange(other.counts_, nullptr)}, event_{other.event_} {}
    ~Counter() {
        if (counts_ != nullptr && event_ != nullptr)
            counts_->look(*event_);
    }
    void begin() { event_ = event::current(); }

private:
    Counts* counts_;
    Event* event_ = nullptr;
};

Task<> count_oneself(Counts* counts, Counter counter) {
    counter.begin();
    for (int i = 0; i < 3; ++i) {
        counts[i].look(*event::current());
        co_await event::yield_now();
    }
}

Task<> ask_to_be_cancelled() {
    event::current()->cancel_requested = true;
    co_await event::yield_now();
}

Task<> note_the_state(State* state) {
    *state = event::current()->state;
    co_return;
}

} // namespace

TEST(executor, does_nothing_when_nothing_is_ready) {
    const std::uint64_t before = executor().polls;
    EXPECT(!executor().run_once());
    EXPECT_EQ(executor().polls, before);
}

TEST(executor, polls_one_event_a_turn) {
    Log log;
    REQUIRE(start(take_turns(&log, 'a', 2)) != nullptr);
    EXPECT_EQ(log, "");
    EXPECT(executor().run_once());
    EXPECT_EQ(log, "a");
    EXPECT(executor().run_once());
    EXPECT_EQ(log, "aa");
    EXPECT(!executor().run_once());
    EXPECT_EQ(log, "aa");
}

TEST(executor, goes_round) {
    Log log;
    REQUIRE(start(take_turns(&log, 'a', 4)) != nullptr);
    REQUIRE(start(take_turns(&log, 'b', 2)) != nullptr);
    REQUIRE(start(take_turns(&log, 'c', 3)) != nullptr);
    EXPECT_EQ(run_all(), 9U);
    EXPECT_EQ(log, "abcabcaca");
}

TEST(executor, runs_higher_priorities_first) {
    Log log;
    REQUIRE(start(take_turns(&log, 'd', 2), Priority::background) != nullptr);
    REQUIRE(start(take_turns(&log, 'b', 2), Priority::normal) != nullptr);
    REQUIRE(start(take_turns(&log, 'c', 2), Priority::low) != nullptr);
    REQUIRE(start(take_turns(&log, 'a', 2), Priority::high) != nullptr);
    REQUIRE(start(take_turns(&log, 'B', 2), Priority::normal) != nullptr);
    EXPECT_EQ(run_all(), 10U);
    EXPECT_EQ(log, "aabBbBccdd");
}

// A finished event that is polled once more resumes a frame that is no more.
TEST(executor, polls_no_event_after_its_end) {
    Log log;
    Event* const event = start(take_turns(&log, 'a', 3));
    REQUIRE(event != nullptr);
    const event::EventReference reference{*event};
    EXPECT_EQ(run_all(100), 3U);
    EXPECT_EQ(log, "aaa");
    EXPECT_EQ(event->polls, 3U);
    EXPECT_EQ(event->state.load(), State::finished);
    EXPECT(!event->node.is_linked());
}

TEST(executor, counts_polls) {
    Log log;
    const std::uint64_t before = executor().polls;
    Event* const often = start(take_turns(&log, 'a', 30));
    Event* const rarely = start(take_turns(&log, 'b', 2));
    REQUIRE(often != nullptr);
    REQUIRE(rarely != nullptr);
    const event::EventReference references[] = {event::EventReference{*often}, event::EventReference{*rarely}};
    EXPECT_EQ(executor().unfinished, 2U);
    run_all();
    EXPECT_EQ(often->polls, 30U);
    EXPECT_EQ(rarely->polls, 2U);
    EXPECT_EQ(executor().polls - before, 32U);
    EXPECT_EQ(executor().unfinished, 0U);
}

TEST(executor, runs_until_all_have_ended) {
    Log log;
    REQUIRE(start(take_turns(&log, 'a', 3)) != nullptr);
    REQUIRE(start(start_another(&log, 'b', 'c', Priority::low)) != nullptr);
    executor().run();
    EXPECT_EQ(log, "abbabacc");
    EXPECT_EQ(executor().unfinished, 0U);
    EXPECT_EQ(event::live_events(), 0U);
}

TEST(executor, starts_events_during_a_poll) {
    Log log;
    REQUIRE(start(start_another(&log, 'a', 'n', Priority::normal)) != nullptr);
    EXPECT_EQ(run_all(), 4U);
    EXPECT_EQ(log, "aanan");
    Log ranked;
    REQUIRE(start(start_another(&ranked, 'a', 'h', Priority::high)) != nullptr);
    EXPECT_EQ(run_all(), 4U);
    EXPECT_EQ(ranked, "aahha");
}

TEST(executor, starts_families) {
    Log log;
    REQUIRE(start(multiply(&log, 6)) != nullptr);
    // 2^6 events that end at once, and 2^6 - 1 that are polled twice.
    EXPECT_EQ(run_all(), 64U + 2 * 63);
    EXPECT_EQ(log.count(), 127U);
    EXPECT_EQ(executor().unfinished, 0U);
    EXPECT_EQ(event::live_events(), 0U);
}

TEST(executor, polls_an_event_that_is_running) {
    State state = State::created;
    REQUIRE(start(note_the_state(&state)) != nullptr);
    EXPECT_EQ(run_all(), 1U);
    EXPECT_EQ(state, State::running);
}

// Whoever looks at the counts during a poll is counted already.
TEST(executor, counts_a_poll_before_it) {
    Counts counts[4]; // three polls, and the death of the frame
    const std::uint64_t before = executor().polls;
    REQUIRE(start(count_oneself(counts, Counter{&counts[3]})) != nullptr);
    EXPECT_EQ(run_all(), 4U);
    for (unsigned i = 0; i < 4; ++i) {
        EXPECT_EQ(counts[i].of_all, before + i + 1);
        EXPECT_EQ(counts[i].own, i + 1);
    }
}

// Whichever way a turn goes, and whichever of its parts is called alone.
TEST(executor, leaves_interrupts_as_they_were) {
    Log log;
    EXPECT(!executor().run_once()); // nothing is ready
    EXPECT(arch::interrupts_enabled());
    Event* const event = make(take_turns(&log, 'a', 2));
    REQUIRE(event != nullptr);
    Executor other;
    {
        const arch::InterruptGuard guard;
        EXPECT(other.take_next() == nullptr);
        EXPECT(!arch::interrupts_enabled());
        other.schedule(*event);
        EXPECT(!arch::interrupts_enabled());
        EXPECT(other.take_next() == event);
        EXPECT(!arch::interrupts_enabled());
    }
    drop(*event);
    REQUIRE(start(take_turns(&log, 'a', 2)) != nullptr);
    EXPECT(arch::interrupts_enabled());
    EXPECT(executor().run_once()); // parked
    EXPECT(arch::interrupts_enabled());
    EXPECT(executor().run_once()); // finished
    EXPECT(arch::interrupts_enabled());
    REQUIRE(start(ask_to_be_cancelled()) != nullptr);
    EXPECT(executor().run_once()); // cancelled
    EXPECT(arch::interrupts_enabled());
    EXPECT(!executor().run_once());
    EXPECT(arch::interrupts_enabled());
    EXPECT_EQ(event::live_events(), 0U);
    arch::enable_interrupts(); // whatever became of this test, the next one needs them
}
