// run_turn by itself: a plain function, which gives back what ended the turn and leaves nothing behind.

#include "arch/interrupts.hpp"
#include "labs/5-process/tests/support.hpp"

using arch::Trap;
using process::SLICE_NANOSECONDS;

namespace {

// A process that no event runs.
ProcessReference must_create(std::string_view program, Words arguments) {
    const auto created = Process::create(program, std::span{arguments.begin(), arguments.size()}, nullptr);
    if (!created)
        kernel::panic("the test cannot make a process of {}", program);
    return ProcessReference{**created};
}

// Interrupts are on, and no slice goes on that would be over one day.
void expect_no_slice() {
    EXPECT(arch::interrupts_enabled());
    const std::uint64_t end = arch::now() + 2 * SLICE_NANOSECONDS;
    while (arch::now() < end) {
    }
    EXPECT(!arch::slice_is_over());
}

} // namespace

// A call that may wait ends the turn and has not begun; a fault ends it; so does the end of the slice, and at its time.
TEST(turn, gives_what_ended_it) {
    const Ground ground;
    arch::disarm_timer();
    const ProcessReference sleeps = must_create("test_pipes", {"sleeps", "77000000"});
    Trap trap = process::run_turn(*sleeps);
    EXPECT(trap.kind == Trap::Kind::system_call);
    EXPECT(process::call_number(*sleeps) == process::abi::SystemCall::nanosleep);
    EXPECT_EQ(process::call_arguments(*sleeps).first, 77'000'000u);
    EXPECT_EQ(sleeps->system_calls, 1u); // this one
    expect_no_slice();

    const ProcessReference faults = must_create("test_faults", {"d"});
    trap = process::run_turn(*faults);
    EXPECT(trap.kind == Trap::Kind::fault);
    EXPECT_EQ(trap.vector, 0u);
    EXPECT(!faults->has_ended()); // that is its event's to do
    expect_no_slice();

    const ProcessReference spins = must_create("test_pipes", {"spins"});
    for (unsigned turns = 1; turns <= 3; ++turns) {
        const std::uint64_t begun = arch::now();
        const std::uint64_t before = spins->user_nanoseconds;
        trap = process::run_turn(*spins);
        EXPECT(trap.kind == Trap::Kind::interrupt);
        EXPECT_GE(arch::now() - begun, SLICE_NANOSECONDS);
        EXPECT_LE(arch::now() - begun, SLICE_NANOSECONDS + 200'000);
        EXPECT_GE(spins->user_nanoseconds - before, SLICE_NANOSECONDS);
        EXPECT_LE(spins->user_nanoseconds - before, SLICE_NANOSECONDS + 200'000);
        EXPECT_EQ(spins->system_calls, 0u);
        expect_no_slice();
    }
    // The other's turn goes on in the other's address space.
    sleeps->context.rax = 9;
    trap = process::run_turn(*sleeps);
    EXPECT(trap.kind == Trap::Kind::system_call);
    EXPECT(process::call_number(*sleeps) == process::abi::SystemCall::exit);
    EXPECT_EQ(process::call_arguments(*sleeps).first, 9u);
    for (const ProcessReference& process : {sleeps, faults, spins})
        process->end({0, ExitStatus::Reason::killed, 0});
}

// Whatever is done within the turn: page faults that are mended, quick calls by the thousand, bad ones.
TEST(turn, allocates_nothing) {
    const Ground ground;
    arch::disarm_timer();
    const ProcessReference calls = must_create("test_calls", {"null_calls", "3000"});
    const std::size_t before = heap::allocations_asked();
    Trap trap = process::run_turn(*calls);
    while (trap.kind == Trap::Kind::interrupt)
        trap = process::run_turn(*calls);
    EXPECT_EQ(heap::allocations_asked(), before);
    EXPECT(trap.kind == Trap::Kind::system_call);
    EXPECT(process::call_number(*calls) == process::abi::SystemCall::exit);
    EXPECT_EQ(calls->system_calls, 3001u);
    calls->end({0, ExitStatus::Reason::killed, 0});
}

// Who waits uses no time of ring 3's.
TEST(turn, counts_no_time_that_is_waited) {
    const Ground ground;
    const ProcessReference sleeps = must_start("test_pipes", {"sleeps", "100000000"});
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(sleeps), 0);
    EXPECT_GT(sleeps->user_nanoseconds, 0u);
    EXPECT_LE(sleeps->user_nanoseconds, 2 * MILLISECOND);
}
