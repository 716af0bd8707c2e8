// The registers of ring 3 are a process's own: all are as they were, whatever came between.

#include "labs/5-process/tests/support.hpp"

namespace {

// Three of them, each with values of its own.
void expect_kept(std::string_view letter) {
    const ProcessReference processes[] = {
        must_start("test_registers", {letter}),
        must_start("test_registers", {letter}),
        must_start("test_registers", {letter}),
    };
    EXPECT(run_to_the_end());
    for (const ProcessReference& process : processes)
        EXPECT_EQ(ending_of(process), 0);
}

} // namespace

TEST(registers, survive_a_quick_call) {
    const Ground ground;
    EXPECT_EQ(run("test_registers", {"g"}), 0);
    expect_kept("g");
}

TEST(registers, survive_a_yield) {
    const Ground ground;
    EXPECT_EQ(run("test_registers", {"y"}), 0);
    expect_kept("y");
}

TEST(registers, survive_a_sleep) {
    const Ground ground;
    EXPECT_EQ(run("test_registers", {"s"}), 0);
    expect_kept("s");
}

TEST(registers, survive_the_end_of_a_slice) {
    const Ground ground;
    expect_kept("l");
}
