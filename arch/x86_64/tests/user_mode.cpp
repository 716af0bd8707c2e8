#include "arch/x86_64/user_mode.hpp"

#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "arch/x86_64/core.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/tests/user_world.hpp"
#include "arch/x86_64/trap.hpp"
#include "kernel/test/test.hpp"

namespace {

using arch::Trap;
using arch::UserContext;
using user_world::UserWorld;

constexpr std::uint64_t INTERRUPT_FLAG = 1 << 9;
constexpr std::uint64_t USERS_TO_SET = 0x24'4cd5; // USER_FLAGS and NT

// Flags of ring 3 with which the kernel must not run: TF, DF, IOPL, NT, AC.
constexpr std::uint64_t NOT_THE_KERNELS = 1 << 8 | 1 << 10 | 3 << 12 | 1 << 14 | 1 << 18;

// What a register of a test holds: no two alike, and none what another test or the kernel leaves there.
void fill(UserContext& context, std::uint64_t seed) {
    std::uint64_t* registers[] = {&context.rax, &context.rbx, &context.rcx, &context.rdx, &context.rsi,
                                  &context.rdi, &context.rbp, &context.r8,  &context.r9,  &context.r10,
                                  &context.r11, &context.r12, &context.r13, &context.r14, &context.r15};
    for (std::uint64_t*& each : registers)
        *each = seed += 0x0123'4567'89ab'cdef;
}

// What ring 3 does to all of them before it traps, so that stale ones are noticed.
#define INCREMENT_ALL                                                                                                  \
    "inc %rax; inc %rbx; inc %rdx; inc %rsi; inc %rdi; inc %rbp; inc %r8; inc %r9; inc %r10; inc %r12; inc %r13;"      \
    "inc %r14; inc %r15; inc %rcx; inc %r11;"

enum class Also { rcx_and_r11, nothing };
void expect_incremented(const UserContext& got, const UserContext& before, Also also) {
    EXPECT_EQ(got.rax, before.rax + 1);
    EXPECT_EQ(got.rbx, before.rbx + 1);
    EXPECT_EQ(got.rdx, before.rdx + 1);
    EXPECT_EQ(got.rsi, before.rsi + 1);
    EXPECT_EQ(got.rdi, before.rdi + 1);
    EXPECT_EQ(got.rbp, before.rbp + 1);
    EXPECT_EQ(got.rsp, before.rsp);
    EXPECT_EQ(got.r8, before.r8 + 1);
    EXPECT_EQ(got.r9, before.r9 + 1);
    EXPECT_EQ(got.r10, before.r10 + 1);
    EXPECT_EQ(got.r12, before.r12 + 1);
    EXPECT_EQ(got.r13, before.r13 + 1);
    EXPECT_EQ(got.r14, before.r14 + 1);
    EXPECT_EQ(got.r15, before.r15 + 1);
    if (also == Also::nothing)
        return;
    EXPECT_EQ(got.rcx, before.rcx + 1);
    EXPECT_EQ(got.r11, before.r11 + 1);
}

void expect_system_call(const Trap& trap) {
    EXPECT_EQ(trap.kind, Trap::Kind::system_call);
    EXPECT(arch::interrupts_enabled());
}

} // namespace

USER_CODE(look_at_segments, "mov %cs, %eax; mov %ss, %ebx; syscall; mov %cs, %eax; mov %ss, %ebx; syscall");

// By iretq first, by sysret then.
TEST(user_mode, runs_at_privilege_level_3) {
    UserWorld world;
    UserContext context = world.begin(look_at_segments);
    for (int entry = 0; entry < 2; ++entry) {
        expect_system_call(arch::enter_user(context));
        EXPECT_EQ(context.rax, std::uint64_t{arch::USER_CODE});
        EXPECT_EQ(context.rbx, std::uint64_t{arch::USER_DATA});
        context.rax = context.rbx = 0;
    }
}

USER_CODE(increment_and_call, "1: " INCREMENT_ALL "syscall; jmp 1b");

// What the kernel changed between the calls is what ring 3 finds: the second time it comes by sysret.
TEST(user_mode, keeps_registers_over_system_calls) {
    UserWorld world;
    UserContext context = world.begin(increment_and_call);
    for (std::uint64_t call = 1; call <= 3; ++call) {
        fill(context, call);
        context.rcx = call > 1 ? context.rip : context.rcx;
        context.r11 = call > 1 ? context.rflags : context.r11;
        const UserContext before = context;
        expect_system_call(arch::enter_user(context));
        expect_incremented(context, before, Also::nothing);
        EXPECT_EQ(context.rip, user_world::CODE + increment_and_call.bytes() - 2);
    }
}

USER_CODE(increment_and_spin, INCREMENT_ALL "1: jmp 1b");

TEST(user_mode, keeps_registers_over_interrupts) {
    UserWorld world;
    for (std::uint64_t i = 1; i <= 3; ++i) {
        UserContext context = world.begin(increment_and_spin);
        fill(context, i);
        const UserContext before = context;
        arch::begin_slice(20'000);
        EXPECT_EQ(arch::enter_user(context).kind, Trap::Kind::interrupt);
        EXPECT(arch::interrupts_enabled());
        expect_incremented(context, before, Also::rcx_and_r11);
        EXPECT_EQ(context.rip, user_world::CODE + increment_and_spin.bytes() - 2);
        arch::begin_slice(20'000);
        EXPECT_EQ(arch::enter_user(context).kind, Trap::Kind::interrupt);
        expect_incremented(context, before, Also::rcx_and_r11);
    }
    arch::end_slice();
}

USER_CODE(increment_and_fault, INCREMENT_ALL "ud2");

// sysret takes rip and flags from rcx and r11, so these two decide whether ring 3 may be entered by it.
TEST(user_mode, keeps_registers_over_faults) {
    UserWorld world;
    for (int like_sysret = 0; like_sysret < 4; ++like_sysret) {
        UserContext context = world.begin(increment_and_fault);
        fill(context, 3);
        context.rflags = INTERRUPT_FLAG | 2;
        if ((like_sysret & 1) != 0)
            context.rcx = context.rip;
        if ((like_sysret & 2) != 0)
            context.r11 = context.rflags;
        const UserContext before = context;
        EXPECT_EQ(arch::enter_user(context).kind, Trap::Kind::fault);
        expect_incremented(context, before, Also::rcx_and_r11);
        EXPECT_EQ(context.rip, user_world::CODE + increment_and_fault.bytes() - 2);
    }
}

USER_CODE(spin, "1: jmp 1b");
USER_CODE(undefined, "ud2");

TEST(user_mode, keeps_flags_over_interrupts_and_faults) {
    UserWorld world;
    for (const auto& code : {spin, undefined}) {
        UserContext context = world.begin(code);
        context.rflags = arch::USER_FLAGS;
        for (int i = 0; i < 2; ++i) {
            arch::begin_slice(10'000);
            EXPECT_NE(arch::enter_user(context).kind, Trap::Kind::system_call);
            EXPECT_EQ(context.rflags & arch::USER_FLAGS, arch::USER_FLAGS);
        }
        arch::end_slice();
    }
}

USER_CODE(call_twice, "syscall; syscall");

// rdi: the flags to set. Then one of each kind of trap.
USER_CODE(set_flags_and_call, "push %rdi; popfq; syscall; pushfq; pop %rsi; syscall");
USER_CODE(set_flags_and_fault, "push %rdi; popfq; ud2");
USER_CODE(set_flags_and_spin, "push %rdi; popfq; 1: jmp 1b");

constinit std::uint64_t flags_in_handler = 0;

// Alignment check, direction and nested task are ring 3's to set, and would undo SMAP, memcpy and iretq in ring 0.
TEST(user_mode, keeps_the_flags_of_ring_3_out_of_ring_0) {
    UserWorld world;
    const arch::TimerHandler before =
        arch::set_timer_handler([](std::uint64_t) { flags_in_handler = arch::read_flags(); });
    for (const auto& code : {set_flags_and_call, set_flags_and_fault, set_flags_and_spin}) {
        UserContext context = world.begin(code);
        context.rdi = USERS_TO_SET;
        arch::arm_timer(arch::now() + 50'000);
        (void)arch::enter_user(context);
        const std::uint64_t flags = arch::read_flags();
        EXPECT_EQ(flags & NOT_THE_KERNELS, 0u);
        EXPECT_EQ(flags & INTERRUPT_FLAG, INTERRUPT_FLAG);
        EXPECT_EQ(context.rflags & USERS_TO_SET, USERS_TO_SET);
    }
    EXPECT_EQ(flags_in_handler & NOT_THE_KERNELS, 0u);
    arch::set_timer_handler(before);
}

TEST(user_mode, keeps_flags_over_system_calls) {
    UserWorld world;
    UserContext context = world.begin(set_flags_and_call);
    context.rdi = USERS_TO_SET;
    for (int call = 0; call < 2; ++call)
        expect_system_call(arch::enter_user(context));
    EXPECT_EQ(context.rsi & arch::USER_FLAGS, arch::USER_FLAGS);
}

// Neither by popfq nor from the kernel's side does ring 3 get interrupts off, or the ports.
TEST(user_mode, has_interrupts_on_and_no_ports) {
    UserWorld world;
    UserContext context = world.begin(set_flags_and_call);
    context.rflags = 3 << 12;
    context.rdi = 3 << 12;
    for (int call = 0; call < 2; ++call)
        expect_system_call(arch::enter_user(context));
    EXPECT_EQ(context.rsi & (3 << 12), 0u);
    EXPECT_EQ(context.rsi & INTERRUPT_FLAG, INTERRUPT_FLAG);
}

TEST(user_mode, does_not_enter_at_a_kernel_address) {
    UserWorld world;
    for (const std::uint64_t rip : {std::uint64_t{arch::LOWER_HALF_END}, std::uint64_t{0xffff'7fff'ffff'ffff},
                                    reinterpret_cast<std::uint64_t>(text_begin), UINT64_MAX}) {
        UserContext context = world.begin(call_twice);
        context.rip = context.rcx = rip;
        context.rflags = context.r11 = INTERRUPT_FLAG | 2;
        const Trap trap = arch::enter_user(context);
        EXPECT_EQ(trap.kind, Trap::Kind::fault);
        EXPECT_EQ(trap.vector, arch::GENERAL_PROTECTION);
        EXPECT_EQ(context.rip, rip);
        EXPECT(arch::interrupts_enabled());
    }
}

USER_CODE(one_call, "syscall");

// The address behind `syscall` at the very end of ring 3's memory is still canonical: sysret goes there, and ring 3
// faults.
TEST(user_mode, returns_behind_the_last_byte) {
    UserWorld world;
    UserContext context = world.begin(one_call);
    context.rip = world.put_last(one_call);
    expect_system_call(arch::enter_user(context));
    EXPECT_EQ(context.rip, arch::USER_END);
    const Trap trap = arch::enter_user(context);
    EXPECT_EQ(trap.kind, Trap::Kind::fault);
    EXPECT_EQ(trap.vector, arch::PAGE_FAULT);
    EXPECT_EQ(trap.address, arch::USER_END);
}

// Whatever rsp is, it is ring 3's: the kernel does not push there.
TEST(user_mode, takes_any_stack_pointer) {
    UserWorld world;
    for (const std::uint64_t rsp :
         {std::uint64_t{0}, UINT64_MAX, std::uint64_t{arch::LOWER_HALF_END}, std::uint64_t{1} << 63,
          reinterpret_cast<std::uint64_t>(kernel_stack_top), std::uint64_t{user_world::STACK_TOP - 3}}) {
        UserContext context = world.begin(call_twice);
        context.rsp = rsp;
        for (int call = 0; call < 2; ++call) {
            expect_system_call(arch::enter_user(context));
            EXPECT_EQ(context.rsp, rsp);
        }
        UserContext spinner = world.begin(spin);
        spinner.rsp = rsp;
        arch::begin_slice(10'000);
        EXPECT_EQ(arch::enter_user(spinner).kind, Trap::Kind::interrupt);
        EXPECT_EQ(spinner.rsp, rsp);
        arch::end_slice();
    }
}

// Without them ring 0 could be led to run or read what ring 3 laid out.
TEST(user_mode, is_walled_off_where_the_processor_can) {
    const arch::CpuidResult features = arch::cpuid(7);
    const std::uint64_t cr4 = arch::read_cr4();
    EXPECT_EQ(cr4 >> 20 & 1, features.ebx >> 7 & 1);  // SMEP
    EXPECT_EQ(cr4 >> 21 & 1, features.ebx >> 20 & 1); // SMAP
    EXPECT_EQ(cr4 >> 11 & 1, features.ecx >> 2 & 1);  // UMIP
    EXPECT_EQ(cr4 >> 16 & 1, 0u);                     // FSGSBASE: with it ring 3 could set the base of GS
}
