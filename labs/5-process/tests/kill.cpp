// A process may be ended from outside at any moment: its event is cancelled.

#include "labs/5-process/tests/support.hpp"

namespace {

// Ends with what the parent is told.
Ending told_parent(const ProcessReference& parent, const ProcessReference& child) {
    Process* const ended = parent->ended_child(child->pid);
    if (ended == nullptr)
        return STILL_RUNS;
    return ending_of(*ended);
}

} // namespace

TEST(kill, before_the_first_turn) {
    const Ground ground;
    const ProcessReference process = must_start("test_pipes", {"spins"});
    kill(process);
    EXPECT_EQ(ending_of(process), KILLED);
    EXPECT_EQ(process::stats().running, 0u);
    EXPECT(!event::executor().run_once());
}

TEST(kill, between_two_slices) {
    const Ground ground;
    const ProcessReference process = must_start("test_pipes", {"spins"});
    run_for(12 * MILLISECOND);
    EXPECT_EQ(process->event->state.load(), State::ready);
    kill(process);
    EXPECT_EQ(ending_of(process), KILLED);
    EXPECT(process->event.get() == nullptr);
}

TEST(kill, while_it_sleeps) {
    const Ground ground;
    const ProcessReference process = must_start("test_pipes", {"sleeps"});
    EXPECT(settle());
    EXPECT_EQ(process->event->state.load(), State::blocked);
    kill(process);
    EXPECT_EQ(ending_of(process), KILLED);
}

TEST(kill, while_it_reads) {
    const Ground ground;
    auto [reader, writer] = must_pipe();
    const ProcessReference process = must_start("test_pipes", {"reads"}, std::move(reader), {});
    EXPECT(settle());
    EXPECT_EQ(process->event->state.load(), State::blocked);
    kill(process);
    EXPECT_EQ(ending_of(process), KILLED);
    const ProcessReference writes = must_start("test_pipes", {"writes_once"}, {}, std::move(writer));
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(writes), refused(process::abi::ErrorNumber::closed));
}

TEST(kill, while_it_writes) {
    const Ground ground;
    auto [reader, writer] = must_pipe();
    const ProcessReference process = must_start("test_pipes", {"writes", "5000"}, {}, std::move(writer));
    EXPECT(settle());
    EXPECT_EQ(process->event->state.load(), State::blocked);
    kill(process);
    EXPECT_EQ(ending_of(process), KILLED);
    Collected collected; // what it had written is there, and then the pipe's end
    must_spawn(collect(std::move(reader), &collected));
    EXPECT(run_to_the_end());
    EXPECT_EQ(collected.bytes, 300u);
    EXPECT(collected.in_order);
    EXPECT(collected.at_end);
}

TEST(kill, while_it_waits) {
    const Ground ground;
    const ProcessReference parent = must_start("test_family", {"wait_before"});
    EXPECT(settle());
    EXPECT_EQ(parent->event->state.load(), State::blocked);
    kill(parent);
    EXPECT_EQ(ending_of(parent), KILLED);
    EXPECT_EQ(process::stats().running, 1u); // the child goes on, an orphan
    EXPECT(run_to_the_end());
}

TEST(kill, tells_the_parent) {
    const Ground ground;
    const ProcessReference parent = must_start("test_pipes", {"sleeps", "10000000"});
    const ProcessReference before = must_start("test_pipes", {"spins"}, parent.get());
    kill(before);
    EXPECT_EQ(told_parent(parent, before), KILLED);
    const ProcessReference later = must_start("test_pipes", {"spins"}, parent.get());
    run_for(7 * MILLISECOND);
    kill(later);
    EXPECT_EQ(told_parent(parent, later), KILLED);
    EXPECT_EQ(process::stats().ended, 2u);
    EXPECT(run_to_the_end()); // the parent ends, and they are gone
}

TEST(kill, comes_too_late_after_the_end) {
    const Ground ground;
    const ProcessReference process = must_start("test_calls", {"exits", "5"});
    const event::EventReference its_event = process->event;
    EXPECT(run_to_the_end());
    event::cancel(*its_event.get());
    EXPECT_EQ(ending_of(process), 5);
}

// Ends a parent at every moment of its life, at each poll in turn.
TEST(kill, at_each_poll) {
    const Ground ground;
    bool ended_by_itself = false;
    for (unsigned polls = 0; !ended_by_itself; ++polls) {
        const ProcessReference process = must_start("test_family", {"pipeline"});
        for (unsigned i = 0; i < polls && event::executor().run_once(); ++i) {
        }
        ended_by_itself = process->has_ended();
        kill(process);
        EXPECT_EQ(ending_of(process), ended_by_itself ? 0 : KILLED);
        EXPECT(run_to_the_end());
        REQUIRE(polls < 500);
    }
}
