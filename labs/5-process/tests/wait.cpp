// Parents and children. What the parent finds it says itself: test_family.cpp in user/tests.

#include "kernel/lib/log.hpp"
#include "labs/5-process/tests/support.hpp"

TEST(wait, before_the_end) {
    const Ground ground;
    EXPECT_EQ(run("test_family", {"wait_before"}), 0);
}

TEST(wait, after_the_end) {
    const Ground ground;
    EXPECT_EQ(run("test_family", {"wait_after"}), 0);
}

TEST(wait, twice_finds_nothing) {
    const Ground ground;
    EXPECT_EQ(run("test_family", {"wait_twice"}), 0);
}

TEST(wait, for_strangers_finds_nothing) {
    const Ground ground;
    const ProcessReference stranger = must_start("test_pipes", {"sleeps", "20000000"});
    char number[20];
    const ProcessReference process =
        must_start("test_family", {"wait_for_strangers", kernel::format(number, "{}", stranger->pid)});
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(process), 0);
    EXPECT_EQ(ending_of(stranger), 0);
}

TEST(wait, for_any_child) {
    const Ground ground;
    EXPECT_EQ(run("test_family", {"wait_for_any"}), 0);
}

TEST(wait, for_one_of_two) {
    const Ground ground;
    EXPECT_EQ(run("test_family", {"wait_for_one_of_two"}), 0);
}

TEST(wait, reports_to_good_addresses_only) {
    const Ground ground;
    EXPECT_EQ(run("test_family", {"wait_to"}), 0);
}

// Two that run on without a parent, and one that had ended before it did.
TEST(wait, is_not_needed_for_orphans) {
    const Ground ground;
    const ProcessReference parent = must_start("test_family", {"leaves_orphans"});
    while (!parent->has_ended())
        run_for(MILLISECOND);
    EXPECT_EQ(ending_of(parent), 0);
    EXPECT_EQ(process::stats().running, 2u);
    EXPECT_EQ(process::stats().ended, 0u);
    EXPECT(run_to_the_end());
}

TEST(wait, does_not_poll) {
    const Ground ground;
    const ProcessReference parent = must_start("test_family", {"wait_before"});
    const event::EventReference its_event = parent->event;
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(parent), 0);
    EXPECT_EQ(its_event->polls, 2u); // to its wait, and from the child's end to its own
}

TEST(wait, goes_on_for_generations) {
    const Ground ground;
    EXPECT_EQ(run("test_family", {"generations", "200"}), 0);
}
