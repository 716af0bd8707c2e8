// System calls with right and wrong arguments; the program says what was wrong: test_calls.cpp in user/tests.

#include "labs/5-process/tests/support.hpp"

TEST(start, runs_a_program) {
    const Ground ground;
    const auto pid = process::start("test_calls", std::initializer_list<std::string_view>{"exits", "42"}, nullptr);
    REQUIRE(pid.has_value());
    Process* const found = process::find(*pid);
    REQUIRE(found != nullptr);
    const ProcessReference process{*found};
    EXPECT_EQ(process->pid, *pid);
    REQUIRE(process->event.get() != nullptr);
    EXPECT_EQ(process->event->pid, *pid);
    EXPECT_EQ(process->event->priority, event::Priority::normal);
    EXPECT_EQ(process->event->state.load(), State::ready);
    EXPECT(!process->event->joinable);
    EXPECT_EQ(process->event->polls, 0u); // not before start returns
    EXPECT(!process->has_ended());
    EXPECT_EQ(event::live_events(), 1u);
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(process), 42);
    EXPECT(process->event.get() == nullptr);
}

TEST(start, hands_the_arguments_over) {
    const Ground ground;
    EXPECT_EQ(run("test_calls", {"arguments", "one", "", "three and four"}), 0);
}

TEST(start, finds_no_such_program) {
    const Ground ground;
    const std::string_view none[] = {""};
    const auto pid = process::start("no such program", none, nullptr);
    REQUIRE(!pid.has_value());
    EXPECT_EQ(pid.error(), Error::not_found);
    EXPECT_EQ(event::live_events(), 0u);
    const auto long_name = process::start("a name that is much longer than any program's", none, nullptr);
    REQUIRE(!long_name.has_value());
    EXPECT_EQ(long_name.error(), Error::too_long);
}

TEST(calls, exit_gives_its_code) {
    const Ground ground;
    EXPECT_EQ(run("test_calls", {"exits", "0"}), 0);
    EXPECT_EQ(run("test_calls", {"exits", "1"}), 1);
    EXPECT_EQ(run("test_calls", {"exits", "4294967295"}), -1);
    EXPECT_EQ(run("test_calls", {"exits", "256"}), 256);
    EXPECT_EQ(run("test_calls", {"exits", "65536"}), 65'536);
    EXPECT_EQ(run("test_calls", {"exits", "2147483648"}), INT32_MIN);
    EXPECT_EQ(run("test_calls", {"exits", "4294967303"}), 7); // 2^32 + 7: a code has 32 bits
    const ProcessReference process = must_start("test_calls", {"exits", "9"});
    EXPECT(run_to_the_end());
    REQUIRE(process->status.has_value());
    EXPECT_EQ(process->status->vector, 0U);
}

TEST(calls, have_numbers) {
    const Ground ground;
    EXPECT_EQ(run("test_calls", {"numbers"}), 0);
}

TEST(calls, know_their_descriptors) {
    const Ground ground;
    EXPECT_EQ(run("test_calls", {"descriptors"}), 0);
}

TEST(calls, write_from_good_addresses_only) {
    const Ground ground;
    EXPECT_EQ(run("test_calls", {"write_from"}), 0);
}

TEST(calls, read_to_good_addresses_only) {
    const Ground ground;
    EXPECT_EQ(run("test_calls", {"read_to"}), 0);
}

TEST(calls, read_to_pages_never_touched) {
    const Ground ground;
    EXPECT_EQ(run("test_calls", {"read_to_fresh"}), 0);
}

TEST(calls, spawn_from_good_addresses_only) {
    const Ground ground;
    EXPECT_EQ(run("test_calls", {"spawn_from"}), 0);
}

TEST(calls, pipe_leaves_nothing_half_done) {
    const Ground ground;
    EXPECT_EQ(run("test_calls", {"pipe_to"}), 0);
}

TEST(calls, map_gives_pages_when_they_are_touched) {
    const Ground ground;
    EXPECT_EQ(run("test_calls", {"map_pages"}), 0);
}

TEST(calls, unmap_takes_pages_away) {
    const Ground ground;
    EXPECT_EQ(run("test_calls", {"touches_what_it_unmapped"}), faulted(14));
}

TEST(calls, move_so_many_bytes_at_once) {
    const Ground ground;
    EXPECT_EQ(run("test_calls", {"transfers"}), 0);
    EXPECT_EQ(run("test_pipes", {"reads_no_more_than_came"}), 0);
}

TEST(calls, nanosleep_sleeps) {
    const Ground ground;
    const ProcessReference process = must_start("test_calls", {"clock_goes_on"});
    EXPECT(run_to_the_end(6000 * MILLISECOND));
    EXPECT_EQ(ending_of(process), 0);
}

TEST(calls, are_counted) {
    const Ground ground;
    const ProcessReference process = must_start("test_calls", {"null_calls", "50"});
    EXPECT(run_to_the_end());
    EXPECT_EQ(process->system_calls, 51u); // and exit
    const ProcessReference another = must_start("test_calls", {"calls", "10"});
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(another), 0);
    EXPECT_EQ(another->system_calls, 52u); // one before, five each time, and exit
}
