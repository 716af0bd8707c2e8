#include "arch/clock.hpp"
#include "arch/x86_64/core.hpp"
#include "arch/x86_64/tests/user_world.hpp"
#include "arch/x86_64/user_mode.hpp"
#include "kernel/test/test.hpp"

// The way into the kernel and back, many times over.

namespace {

using arch::Trap;
using arch::UserContext;
using user_world::UserWorld;

constinit volatile std::uint64_t interrupts = 0;

} // namespace

USER_CODE(call_for_ever, "1: syscall; jmp 1b");

// Each trap lands on the same word of the kernel stack, and costs the same.
TEST(user_entry, takes_a_constant_stack_over_100000_system_calls) {
    constexpr std::uint64_t CALLS = 100'000;
    UserWorld world;
    UserContext context = world.begin(call_for_ever);
    (void)arch::enter_user(context);
    const std::uint64_t stack = arch::this_core().task_state.rsp[0];
    std::uint64_t interrupted = 0; // a timer that was taken back before this test may ring once more (arch/clock.hpp)
    std::uint64_t moved = 0;
    const std::uint64_t begin = test::instructions();
    for (std::uint64_t call = 0; call < CALLS; ++call) {
        interrupted += arch::enter_user(context).kind != Trap::Kind::system_call;
        moved += arch::this_core().task_state.rsp[0] != stack;
    }
    const std::uint64_t each = (test::instructions() - begin) / CALLS;
    EXPECT_LE(interrupted, 1u);
    EXPECT_EQ(moved, 0u);
    EXPECT_LE(each, 95u);
    test::measure("instructions_per_call", each);
}

USER_CODE(count_and_call, "1: inc %rbx; syscall; jmp 1b");

// An interrupt that comes at any instruction of the way waits until it does no harm: it must not run on ring 3's stack,
// nor with its GS.
TEST(user_entry, bears_an_interrupt_at_any_instruction) {
    constexpr std::uint64_t LONGEST = 10'000; // nanoseconds: more than three calls take
    constexpr std::uint64_t STEP = 16;        // less than an instruction
    UserWorld world;
    UserContext context = world.begin(count_and_call);
    arch::set_timer_handler([](std::uint64_t) { interrupts = interrupts + 1; });
    interrupts = 0;
    std::uint64_t calls = 0;
    for (std::uint64_t delay = 0; delay < LONGEST; delay += STEP) {
        const std::uint64_t before = interrupts;
        arch::arm_timer(arch::now() + delay);
        for (int i = 0; i < 100 && interrupts == before; ++i)
            calls += arch::enter_user(context).kind == Trap::Kind::system_call;
        EXPECT_EQ(interrupts, before + 1);
        EXPECT(context.rbx == calls || context.rbx == calls + 1); // interrupted behind the count, before the call
    }
    arch::set_timer_handler(nullptr);
}
