#include "kernel/process/tests/crowd.hpp"

// A process may die in any system call, and memory may run out in any: nothing of it remains, and nobody else has harm.

namespace {

constexpr std::uint64_t CALLS = static_cast<std::uint64_t>(process::abi::SystemCall::shutdown) + 1;
constexpr unsigned POLLS = 16;    // most calls have come round several times by then
constexpr unsigned FAILURES = 12; // more than any call has allocations

void run_until_death(std::uint64_t call, unsigned polls) {
    char buffer[24];
    const ProcessReference process = start("test_each_call", {kernel::format(buffer, "{}", call)});
    REQUIRE(process);
    for (unsigned i = 0; i < polls; ++i)
        if (!poll(1))
            run_for(MILLISECOND / 10); // it sleeps, or waits for ever
    if (!process->has_ended())
        kill(*process);
    const bool exits = call == 0 && polls > 0;
    EXPECT(process->status->reason == (exits ? ExitStatus::Reason::exited : ExitStatus::Reason::killed));
    EXPECT_EQ(process->status->code, exits ? 7 : 0);
    kill_all(); // its children
}

void run_with_failures(void (*fail)(std::size_t), std::uint64_t call) {
    for (unsigned failing = 1; failing <= FAILURES; ++failing) {
        const CrowdCheck check;
        char buffer[24];
        const ProcessReference process = start("test_each_call", {kernel::format(buffer, "{}", call)});
        REQUIRE(process);
        fail(failing);
        poll(6);
        fail(0);
        poll(6);
        kill_all();
        EXPECT(process->has_ended());
    }
}

} // namespace

TEST(each_call, may_be_its_process_last) {
    for (std::uint64_t call = 0; call < CALLS; ++call)
        for (unsigned polls = 0; polls < POLLS; ++polls) {
            const CrowdCheck check;
            run_until_death(call, polls);
        }
}

TEST(each_call, may_find_no_memory) {
    for (std::uint64_t call = 0; call < CALLS; ++call)
        run_with_failures(heap::fail_allocation, call);
}

TEST(each_call, may_find_no_frame) {
    for (std::uint64_t call = 0; call < CALLS; ++call)
        run_with_failures(frame::fail_allocation, call);
}
