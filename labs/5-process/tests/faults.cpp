// Whatever a program does, the worst that happens happens to it.

#include "kernel/lib/log.hpp"
#include "labs/5-process/tests/support.hpp"

namespace {

// Each letter is something that test_faults does, and each ends like this.
void expect_endings(std::string_view letters, Ending ending) {
    for (const char letter : letters) {
        const Ending got = run("test_faults", {std::string_view{&letter, 1}});
        if (got != ending)
            kernel::log("test_faults, letter {}:", letter);
        EXPECT_EQ(got, ending);
    }
}

} // namespace

TEST(faults, of_arithmetic) {
    const Ground ground;
    expect_endings("dD", faulted(0));
    expect_endings("f", faulted(16));
}

TEST(faults, of_instructions) {
    const Ground ground;
    expect_endings("iv", faulted(6));
    expect_endings("b", faulted(3));
    expect_endings("t", faulted(1));
}

TEST(faults, of_pages) {
    const Ground ground;
    expect_endings("puwWxXo", faulted(14));
}

TEST(faults, at_the_kernels_pages) {
    const Ground ground;
    expect_endings("kKmj", faulted(14));
}

TEST(faults, of_privilege) {
    const Ground ground;
    expect_endings("chOIMRCgGnNTL", faulted(13)); // sysret: arch/x86_64/tests/user_faults.cpp
}

TEST(faults, of_non_canonical_addresses) {
    const Ground ground;
    expect_endings("zyr", faulted(13));
    const Ending of_stack = run("test_faults", {"Z"});
    EXPECT((of_stack == faulted(12) || of_stack == faulted(13))); // QEMU 7.2 gives 13 for a stack, too
}

// A wild stack pointer, flags that would hurt the kernel, flags that are not ring 3's: no harm, and no fault.
TEST(faults, are_not_what_the_program_may_do) {
    const Ground ground;
    expect_endings("PQH", 0);
}

TEST(faults, leave_the_others_running) {
    const Ground ground;
    Collected collected;
    auto [reader, writer] = must_pipe();
    must_spawn(collect(std::move(reader), &collected));
    const ProcessReference other = must_start("test_pipes", {"writes", "5000"}, {}, std::move(writer));
    const ProcessReference crash = must_start("test_faults", {"p"});
    const ProcessReference crash_too = must_start("test_faults", {"d"});
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(crash), faulted(14));
    EXPECT_EQ(ending_of(crash_too), faulted(0));
    EXPECT_EQ(ending_of(other), 0);
    EXPECT_EQ(collected.bytes, 5000u);
    EXPECT(collected.in_order);
}

TEST(faults, tell_the_parent) {
    const Ground ground;
    EXPECT_EQ(run("test_family", {"child_that_faults"}), 0);
}
