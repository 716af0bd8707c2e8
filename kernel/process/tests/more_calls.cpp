#include "kernel/process/more_calls.hpp"

#include "kernel/process/tests/run_support.hpp"

// The calls beyond the lab, by programs that make them: labs/5-process/user/tests/test_more.cpp. What a program gives
// is 0, or the line of its check that failed.

namespace {

int run(std::string_view act, std::uint64_t limit = 3'000 * MILLISECOND) {
    const Ground ground;
    const ProcessReference process = start_program("test_more", {act});
    EXPECT(run_events(limit));
    return ending_of(process);
}

} // namespace

TEST(more_calls, fork_gives_a_child_that_knows_it_is_one) {
    EXPECT_EQ(run("forks"), 0);
}

TEST(more_calls, fork_copies_memory) {
    EXPECT_EQ(run("forks_memory"), 0);
}

TEST(more_calls, fork_copies_vector_registers) {
    EXPECT_EQ(run("forks_vectors"), 0);
}

// It takes what there is, and all of it comes back. Memory is what stops it: the machine goes on.
TEST(more_calls, fork_bomb_ends) {
    EXPECT_EQ(run("fork_bomb", 20'000 * MILLISECOND), 0);
}

TEST(more_calls, exec_runs_another_program) {
    EXPECT_EQ(run("execs"), 0);
}

TEST(more_calls, exec_that_fails_changes_nothing) {
    EXPECT_EQ(run("exec_fails"), 0);
}

TEST(more_calls, exec_keeps_descriptors) {
    EXPECT_EQ(run("exec_keeps_descriptors"), 0);
}

TEST(more_calls, kill_ends_whatever_it_does) {
    EXPECT_EQ(run("kills"), 0);
}

TEST(more_calls, kill_of_itself_is_its_last) {
    EXPECT_EQ(run("kills_itself"), KILLED);
}

TEST(more_calls, processes_are_listed) {
    EXPECT_EQ(run("lists"), 0);
}

TEST(more_calls, wrong_arguments_are_refused) {
    EXPECT_EQ(run("refuses"), 0);
}

// Whatever fails, it was not there.
TEST(more_calls, fork_without_memory_leaves_nothing) {
    for (void (*fail)(std::size_t) : {&frame::fail_allocation, &heap::fail_allocation}) {
        const Ground ground;
        const ProcessReference process = start_program("test_more", {"spins"});
        (void)run_events(12 * MILLISECOND);
        process->context.rax = static_cast<std::uint64_t>(process::abi::SystemCall::fork);
        const unsigned failures = count_failures(fail, [&process] {
            const auto pid = process::more_calls(*process);
            if (!pid) {
                EXPECT_EQ(pid.error(), Error::out_of_memory);
                return false;
            }
            process::kill(*process::find(static_cast<std::uint32_t>(*pid)));
            process->take_child(*process->ended_child(0));
            return true;
        });
        EXPECT_GE(failures, 3u);
        process::kill(*process);
    }
}
