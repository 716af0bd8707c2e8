#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "arch/x86_64/tests/user_world.hpp"
#include "arch/x86_64/trap.hpp"
#include "arch/x86_64/user_mode.hpp"
#include "kernel/test/test.hpp"

// Slices, and the vector state that several contexts share a core with.

namespace {

using arch::Trap;
using arch::UserContext;
using user_world::UserWorld;

constexpr std::uint64_t SLICE = 100'000;
constexpr std::uint64_t INEXACT = 2'000;

constinit unsigned rings = 0;

void expect_interrupt(const Trap& trap) {
    EXPECT_EQ(trap.kind, Trap::Kind::interrupt);
    EXPECT_EQ(trap.vector, arch::TIMER);
}

} // namespace

USER_CODE(count_for_ever, "1: inc %rax; jmp 1b");

TEST(user_slices, preempt_what_never_calls) {
    UserWorld world;
    UserContext context = world.begin(count_for_ever);
    for (std::uint64_t slice = 1; slice <= 3; ++slice) {
        const std::uint64_t counted = context.rax;
        const std::uint64_t begin = arch::now();
        arch::begin_slice(SLICE);
        expect_interrupt(arch::enter_user(context));
        EXPECT(arch::slice_is_over());
        EXPECT_GE(arch::now() - begin + INEXACT, SLICE);
        EXPECT_LT(arch::now() - begin, SLICE + 10'000);
        EXPECT_GT(context.rax, counted);
    }
    arch::end_slice();
}

// Who comes back after the slice was over gets no turn until the next one begins.
TEST(user_slices, give_no_turn_when_over) {
    UserWorld world;
    UserContext context = world.begin(count_for_ever);
    arch::begin_slice(10'000);
    while (!arch::slice_is_over()) {
    }
    expect_interrupt(arch::enter_user(context));
    EXPECT_EQ(context.rax, 0u);
    EXPECT(arch::interrupts_enabled());
    arch::begin_slice(10'000);
    EXPECT(!arch::slice_is_over());
    expect_interrupt(arch::enter_user(context));
    EXPECT_GT(context.rax, 0u);
    arch::end_slice();
    EXPECT(!arch::slice_is_over());
}

// The core halts, and what ends the halt is the timer's own interrupt.
TEST(user_slices, end_no_halt_once_ended) {
    const arch::TimerHandler before = arch::set_timer_handler([](std::uint64_t) { ++rings; });
    rings = 0;
    arch::begin_slice(10'000);
    EXPECT_LT(arch::end_slice(), 10'000u);
    arch::arm_timer(arch::now() + 100'000);
    const std::uint64_t interrupts = arch::interrupt_count();
    arch::disable_interrupts();
    arch::wait_for_interrupt();
    arch::enable_interrupts();
    EXPECT_EQ(rings, 1u);
    EXPECT_EQ(arch::interrupt_count() - interrupts, 1u);
    EXPECT(!arch::slice_is_over());
    arch::set_timer_handler(before);
}

// A slice that begins where another one was ended has its whole length, whatever became of the other's interrupt.
TEST(user_slices, do_not_end_by_the_interrupt_of_an_ended_one) {
    UserWorld world;
    UserContext context = world.begin(count_for_ever);
    arch::begin_slice(SLICE / 2);
    arch::end_slice();
    arch::begin_slice(SLICE);
    while (!arch::slice_is_over())
        expect_interrupt(arch::enter_user(context));
    const std::uint64_t length = arch::end_slice();
    EXPECT_GE(length + INEXACT, SLICE);
    EXPECT_LT(length, SLICE + 10'000);
}

TEST(user_slices, are_replaced_by_the_next) {
    arch::begin_slice(10'000);
    arch::begin_slice(1'000'000);
    const std::uint64_t end = arch::now() + 500'000;
    while (arch::now() < end) {
    }
    EXPECT(!arch::slice_is_over());
    arch::end_slice();
}

TEST(user_slices, of_no_length_are_over_at_once) {
    UserWorld world;
    UserContext context = world.begin(count_for_ever);
    arch::begin_slice(0);
    EXPECT(arch::slice_is_over());
    expect_interrupt(arch::enter_user(context));
    EXPECT_EQ(context.rax, 0u);
    arch::end_slice();
}

// An old slice's interrupt that is on its way when the next begins is not the next one's.
TEST(user_slices, do_not_end_by_the_interrupt_of_the_last) {
    {
        arch::InterruptGuard guard;
        arch::begin_slice(10'000);
        const std::uint64_t end = arch::now() + 50'000;
        while (arch::now() < end) {
        }
        arch::begin_slice(1'000'000);
    }
    EXPECT(!arch::slice_is_over());
    while (!arch::slice_is_over()) {
    }
    arch::end_slice();
}

// The kernel's deadline and the slice do not know of each other: whichever is earlier.
TEST(user_slices, leave_the_timer_alone) {
    UserWorld world;
    UserContext context = world.begin(count_for_ever);
    const arch::TimerHandler before = arch::set_timer_handler([](std::uint64_t) { ++rings; });
    for (const std::uint64_t deadline : {SLICE / 2, SLICE * 2}) {
        rings = 0;
        arch::arm_timer(arch::now() + deadline);
        arch::begin_slice(SLICE);
        expect_interrupt(arch::enter_user(context));
        EXPECT_EQ(rings, deadline < SLICE ? 1u : 0u);
        EXPECT_EQ(arch::slice_is_over(), deadline > SLICE);
        if (deadline < SLICE) // the rest of the slice
            expect_interrupt(arch::enter_user(context));
        EXPECT(arch::slice_is_over());
        arch::begin_slice(SLICE * 4);
        const std::uint64_t end = arch::now() + SLICE * 2;
        while (arch::now() < end) {
        }
        EXPECT_EQ(rings, 1u);
        EXPECT(!arch::slice_is_over());
        arch::end_slice();
    }
    arch::set_timer_handler(before);
}

// Ring 3 is interrupted for the deadline and for the end of its slice, in time, and for nothing else.
TEST(user_slices, end_in_time_after_a_deadline_in_them) {
    UserWorld world;
    UserContext context = world.begin(count_for_ever);
    const arch::TimerHandler before = arch::set_timer_handler([](std::uint64_t now) {
        ++rings;
        arch::arm_timer(now + 3'600'000'000'000);
    });
    for (const std::uint64_t length : {SLICE, SLICE * 50}) {
        rings = 0;
        arch::arm_timer(arch::now() + SLICE / 2);
        arch::begin_slice(length);
        const std::uint64_t interrupts = arch::interrupt_count();
        while (!arch::slice_is_over())
            expect_interrupt(arch::enter_user(context));
        EXPECT_EQ(arch::interrupt_count() - interrupts, 2u);
        EXPECT_EQ(rings, 1u);
        EXPECT_LT(arch::end_slice(), length + 10'000);
    }
    arch::disarm_timer();
    arch::set_timer_handler(before);
}

// Far away is never, and nothing wraps.
TEST(user_slices, may_be_as_long_as_one_likes) {
    for (const std::uint64_t length : {UINT64_MAX, UINT64_MAX - 1, UINT64_MAX / 2}) {
        arch::begin_slice(length);
        const std::uint64_t end = arch::now() + 100'000;
        while (arch::now() < end) {
        }
        EXPECT(!arch::slice_is_over());
        arch::end_slice();
    }
}

// rdi: a number that all of it is made of. The control registers become another value than at the start.
USER_CODE(fill_vectors, "movq %rdi, %xmm0; movq %rdi, %xmm15; movq %rdi, %xmm7; push %rdi; fildq (%rsp);"
                        "movl $0x3f80, (%rsp); ldmxcsr (%rsp); syscall;"
                        "movq %xmm0, %rax; movq %xmm15, %rbx; movq %xmm7, %rdx; fistpq (%rsp); mov (%rsp), %rsi;"
                        "stmxcsr (%rsp); mov (%rsp), %r8d; syscall");
// What a new program finds.
USER_CODE(read_vectors, "movq %xmm0, %rax; movq %xmm15, %rbx; push $0; stmxcsr (%rsp); mov (%rsp), %r8d;"
                        "fnstcw (%rsp); movzwl (%rsp), %r9d; fnstsw %ax; movzwl %ax, %edx; movq %xmm0, %rax; syscall");

namespace {

void expect_vectors(const UserContext& context, std::uint64_t number) {
    EXPECT_EQ(context.rax, number);
    EXPECT_EQ(context.rbx, number);
    EXPECT_EQ(context.rdx, number);
    EXPECT_EQ(context.rsi, number);
    EXPECT_EQ(context.r8, 0x3f80u);
}

void expect_fresh_vectors(UserWorld& world) {
    UserContext context = world.begin(read_vectors);
    (void)arch::enter_user(context);
    EXPECT_EQ(context.rax, 0u);
    EXPECT_EQ(context.rbx, 0u);
    EXPECT_EQ(context.rdx & 0x3800, 0u); // the top of the x87 stack
    EXPECT_EQ(context.r8, 0x1f80u);
    EXPECT_EQ(context.r9, 0x037fu);
}

} // namespace

TEST(user_vectors, are_each_context_its_own) {
    UserWorld world;
    UserContext first = world.begin(fill_vectors);
    UserContext second = first;
    first.rdi = 0x1111'2222'3333;
    second.rdi = 0x4444'5555'6666;
    second.rsp -= 64;
    (void)arch::enter_user(first);
    (void)arch::enter_user(second);
    (void)arch::enter_user(first);
    (void)arch::enter_user(second);
    expect_vectors(first, 0x1111'2222'3333);
    expect_vectors(second, 0x4444'5555'6666);
}

// What nobody wrote there is not another's either.
TEST(user_vectors, of_a_new_context_are_fresh) {
    UserWorld world;
    expect_fresh_vectors(world);
    {
        UserContext context = world.begin(fill_vectors);
        context.rdi = 0x7777'8888'9999;
        (void)arch::enter_user(context);
    }
    expect_fresh_vectors(world);
}

// The state of the one that ran last is in the core's registers and not yet in its memory.
TEST(user_vectors, are_copied_with_the_context) {
    UserWorld world;
    UserContext first = world.begin(fill_vectors);
    first.rdi = 0xaaaa'bbbb'cccc;
    (void)arch::enter_user(first);
    UserContext copy = first;
    UserContext assigned;
    assigned = first;
    for (UserContext* each : {&copy, &assigned, &first}) {
        (void)arch::enter_user(*each);
        expect_vectors(*each, 0xaaaa'bbbb'cccc);
    }
}

// A context that is assigned to while the core holds its state takes the new one.
TEST(user_vectors, are_replaced_by_assignment) {
    UserWorld world;
    UserContext context = world.begin(fill_vectors);
    context.rdi = 0xdddd'eeee'ffff;
    (void)arch::enter_user(context);
    context = world.begin(read_vectors);
    (void)arch::enter_user(context);
    EXPECT_EQ(context.rax, 0u);
    EXPECT_EQ(context.r8, 0x1f80u);
}
