// Processes are preempted, the kernel is not.

#include "arch/interrupts.hpp"
#include "labs/5-process/tests/support.hpp"

namespace {

// Notes when it runs, until it is told to end.
Task<> count_turns(const bool* ends, unsigned* turns) {
    while (!*ends) {
        ++*turns;
        co_await event::sleep_for(MILLISECOND);
    }
}

// Beside a program that runs for ever a kernel event has its turns.
void expect_others_run_beside(std::string_view program, Words arguments) {
    const ProcessReference runs = must_start(program, arguments);
    bool over = false;
    unsigned turns = 0;
    must_spawn(count_turns(&over, &turns));
    run_for(100 * MILLISECOND);
    EXPECT_GE(turns, 15u);
    EXPECT_EQ(ending_of(runs), STILL_RUNS);
    over = true;
    kill(runs);
    EXPECT(run_to_the_end());
}

// Inside, for two slices, nobody else comes in, though there is no lock: there is no co_await either.
Task<> enter_often(unsigned* inside, unsigned* entered) {
    for (unsigned i = 0; i < 5; ++i) {
        EXPECT_EQ(++*inside, 1u);
        const std::uint64_t end = arch::now() + 2 * process::SLICE_NANOSECONDS;
        while (arch::now() < end) {
        }
        EXPECT_EQ(--*inside, 0u);
        ++*entered;
        co_await event::yield_now();
    }
}

} // namespace

TEST(slice, ends_a_loop_without_end) {
    const Ground ground;
    const ProcessReference spins = must_start("test_pipes", {"spins"});
    const ProcessReference ends = must_start("test_pipes", {"writes_once", "0"});
    bool over = false;
    unsigned turns = 0;
    must_spawn(count_turns(&over, &turns));
    run_for(100 * MILLISECOND);
    EXPECT_EQ(ending_of(ends), 0);
    EXPECT_EQ(ending_of(spins), STILL_RUNS);
    // A kernel event that wants to run every millisecond waits for the slice to end, and for no more.
    EXPECT_GE(turns, 15u);
    over = true;
    kill(spins);
    EXPECT_EQ(ending_of(spins), KILLED);
    EXPECT(run_to_the_end());
}

// 60 ms alone are 12 slices.
TEST(slice, has_its_length) {
    const Ground ground;
    const ProcessReference spins = must_start("test_pipes", {"spins", "60000000"});
    const event::EventReference its_event = spins->event;
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(spins), 0);
    EXPECT_GE(its_event->polls, 12u);
    EXPECT_LE(its_event->polls, 14u);
    EXPECT_GE(spins->user_nanoseconds, 59 * MILLISECOND);
    EXPECT_LE(spins->user_nanoseconds, 61 * MILLISECOND);
}

// In each slice an interrupt makes somebody ready, who runs when the slice is over. The program makes no calls, so that
// the interrupt strikes ring 3, and not the kernel.
TEST(slice, is_not_ended_by_other_interrupts) {
    const Ground ground;
    const ProcessReference spins = must_start("test_pipes", {"spins"});
    const event::EventReference its_event = spins->event;
    bool over = false;
    unsigned turns = 0;
    must_spawn(count_turns(&over, &turns));
    run_for(60 * MILLISECOND);
    EXPECT_GE(turns, 11u);
    EXPECT_LE(its_event->polls, 14u);
    over = true;
    kill(spins);
    EXPECT(run_to_the_end());
}

TEST(slice, is_the_same_for_all) {
    const Ground ground;
    const ProcessReference spinning[] = {
        must_start("test_pipes", {"spins"}),
        must_start("test_pipes", {"spins"}),
        must_start("test_pipes", {"spins"}),
    };
    constexpr std::uint64_t TIME = 150 * MILLISECOND;
    run_for(TIME);
    for (const ProcessReference& process : spinning) {
        EXPECT_GE(process->user_nanoseconds, TIME / 3 - 2 * process::SLICE_NANOSECONDS);
        EXPECT_LE(process->user_nanoseconds, TIME / 3 + 2 * process::SLICE_NANOSECONDS);
        kill(process);
    }
}

// Quick calls without end do not make a slice longer.
TEST(slice, ends_between_quick_calls) {
    const Ground ground;
    expect_others_run_beside("test_calls", {"null_calls", "1000000000"});
}

// Nor do calls that may wait, and never have to: each of them by itself, since one that yields would do for all.
TEST(slice, is_not_renewed_by_calls_that_do_not_wait) {
    const Ground ground;
    expect_others_run_beside("test_pipes", {"talks_to_itself"});
    expect_others_run_beside("test_pipes", {"needs_no_wait", "write"});
    expect_others_run_beside("test_pipes", {"needs_no_wait", "read"});
    expect_others_run_beside("test_pipes", {"needs_no_wait", "wait"});
    expect_others_run_beside("test_pipes", {"needs_no_wait", "nanosleep"});
    expect_others_run_beside("test_pipes", {"needs_no_wait", "yield"});
}

// A yield is a turn of everybody else's, each time: of the two neither has a second one before the other's.
TEST(slice, is_given_up_by_yield) {
    const Ground ground;
    const ProcessReference one = must_start("test_pipes", {"yields", "100"});
    const ProcessReference other = must_start("test_pipes", {"yields", "100"});
    const event::EventReference its_event = one->event;
    const event::EventReference others_event = other->event;
    std::uint32_t apart = 0;
    while (event::executor().run_once())
        if (const std::uint32_t turns = its_event->polls - others_event->polls + 1;
            turns > 2 && !one->has_ended() && !other->has_ended())
            ++apart;
    EXPECT_EQ(apart, 0u);
    EXPECT_EQ(its_event->polls, 101u);
    EXPECT_EQ(others_event->polls, 101u);
    EXPECT_EQ(ending_of(one), 0);
    EXPECT_EQ(ending_of(other), 0);
    EXPECT(run_to_the_end());
}

// Whoever runs after a wait has a slice, and it ends.
TEST(slice, begins_anew_after_each_wait) {
    const Ground ground;
    auto [reader, writer] = must_pipe();
    Collected collected;
    must_spawn(collect(std::move(reader), &collected));
    const ProcessReference counts = must_start("test_pipes", {"counts"}, {}, std::move(writer));
    const ProcessReference spins = must_start("test_pipes", {"spins"});
    run_for(100 * MILLISECOND);
    EXPECT_GE(collected.bytes, 5u);
    EXPECT_EQ(ending_of(counts), STILL_RUNS);
    EXPECT_GE(spins->user_nanoseconds, 30 * MILLISECOND);
    kill(counts);
    kill(spins);
    EXPECT(run_to_the_end());
}

TEST(slice, never_ends_kernel_code) {
    const Ground ground;
    const ProcessReference spins = must_start("test_pipes", {"spins"});
    unsigned inside = 0;
    unsigned entered = 0;
    must_spawn(enter_often(&inside, &entered));
    must_spawn(enter_often(&inside, &entered));
    while (entered < 10)
        run_for(10 * MILLISECOND);
    kill(spins);
    EXPECT(run_to_the_end());
}

// The kernel halts when a process has ended in the middle of its slice, and no interrupt of the slice comes.
TEST(slice, ends_with_its_process) {
    const Ground ground;
    EXPECT_EQ(run("test_calls", {"exits", "3"}), 3);
    arch::disarm_timer(); // of run_to_the_end
    EXPECT(!arch::slice_is_over());
    const std::uint64_t interrupts = arch::interrupt_count();
    must_spawn([](std::uint64_t nanoseconds) static -> Task<> {
        co_await event::sleep_for(nanoseconds);
    }(4 * process::SLICE_NANOSECONDS));
    event::executor().run();
    EXPECT_LE(arch::interrupt_count() - interrupts, 1u); // the sleep's own
    EXPECT(!arch::slice_is_over());
}
