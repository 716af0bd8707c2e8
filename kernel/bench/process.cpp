// What ring 3 pays: for a system call, a turn, a byte through pipes, a child. The program is
// labs/5-process/user/bench/bench_calls.cpp; what it costs to start and to end is taken off.

#include "kernel/bench/support.hpp"
#include "kernel/process/run.hpp"

namespace {

using bench::TENTHS;

// Starts the program with `what` and `times`, so many of them at once.
struct Order {
    std::string_view what;
    std::string_view times;
    unsigned processes = 1;
};

std::uint64_t instructions_of(const Order& order) {
    const std::string_view arguments[] = {order.what, order.times};
    const std::uint64_t begin = test::instructions();
    process::Process* last = nullptr;
    for (unsigned i = 0; i < order.processes; ++i)
        last = process::find(bench::must(process::start("bench_calls", arguments, nullptr)));
    const process::ProcessReference ended{*last};
    event::executor().run();
    const std::uint64_t end = test::instructions();
    EXPECT_EQ(ended->status->code, 0);
    return end - begin;
}

// The cost of one, from the difference between many and a few: what both have in common cancels out.
std::uint64_t tenths_of_one(std::string_view what, unsigned processes = 1) {
    const std::uint64_t many = instructions_of({what, "1100", processes});
    const std::uint64_t few = instructions_of({what, "100", processes});
    return (many - few) * TENTHS / 1'000;
}

} // namespace

TEST(bench, null_call) {
    test::measure("instructions", tenths_of_one("getpid"));
}

TEST(bench, process_yield) {
    test::measure("round_trip", tenths_of_one("yield", 2));
}

TEST(bench, pipe_byte) {
    test::measure("round_trip", tenths_of_one("ping_pong"));
}

TEST(bench, process_spawn) {
    test::measure("instructions", tenths_of_one("spawn"));
}
