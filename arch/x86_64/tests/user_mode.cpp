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

enum class Also { rcx_and_r11, nothing };
void expect_same(const UserContext& got, const UserContext& expected, Also also) {
    EXPECT_EQ(got.rax, expected.rax);
    EXPECT_EQ(got.rbx, expected.rbx);
    EXPECT_EQ(got.rdx, expected.rdx);
    EXPECT_EQ(got.rsi, expected.rsi);
    EXPECT_EQ(got.rdi, expected.rdi);
    EXPECT_EQ(got.rbp, expected.rbp);
    EXPECT_EQ(got.rsp, expected.rsp);
    EXPECT_EQ(got.r8, expected.r8);
    EXPECT_EQ(got.r9, expected.r9);
    EXPECT_EQ(got.r10, expected.r10);
    EXPECT_EQ(got.r12, expected.r12);
    EXPECT_EQ(got.r13, expected.r13);
    EXPECT_EQ(got.r14, expected.r14);
    EXPECT_EQ(got.r15, expected.r15);
    if (also == Also::nothing)
        return;
    EXPECT_EQ(got.rcx, expected.rcx);
    EXPECT_EQ(got.r11, expected.r11);
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

USER_CODE(call_twice, "syscall; syscall");

TEST(user_mode, keeps_registers_over_system_calls) {
    UserWorld world;
    UserContext context = world.begin(call_twice);
    fill(context, 1);
    for (std::uint64_t call = 1; call <= 2; ++call) {
        const UserContext before = context;
        expect_system_call(arch::enter_user(context));
        expect_same(context, before, Also::nothing);
        EXPECT_EQ(context.rip, user_world::CODE + 2 * call);
    }
}

// The kernel answers in rax, and in no other register.
TEST(user_mode, takes_what_the_kernel_changed) {
    UserWorld world;
    UserContext context = world.begin(call_twice);
    expect_system_call(arch::enter_user(context));
    fill(context, 7);
    const UserContext answered = context;
    expect_system_call(arch::enter_user(context));
    expect_same(context, answered, Also::nothing);
}

USER_CODE(spin, "1: jmp 1b");

TEST(user_mode, keeps_registers_over_interrupts) {
    UserWorld world;
    UserContext context = world.begin(spin);
    fill(context, 2);
    context.rflags = arch::USER_FLAGS;
    const UserContext before = context;
    for (int i = 0; i < 3; ++i) {
        arch::begin_slice(20'000);
        EXPECT_EQ(arch::enter_user(context).kind, Trap::Kind::interrupt);
        EXPECT(arch::interrupts_enabled());
        expect_same(context, before, Also::rcx_and_r11);
        EXPECT_EQ(context.rflags & arch::USER_FLAGS, arch::USER_FLAGS);
        EXPECT_EQ(context.rip, user_world::CODE);
    }
    arch::end_slice();
}

USER_CODE(undefined, "ud2");

TEST(user_mode, keeps_registers_over_faults) {
    UserWorld world;
    UserContext context = world.begin(undefined);
    fill(context, 3);
    context.rflags = arch::USER_FLAGS;
    const UserContext before = context;
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(arch::enter_user(context).kind, Trap::Kind::fault);
        expect_same(context, before, Also::rcx_and_r11);
        EXPECT_EQ(context.rflags & arch::USER_FLAGS, arch::USER_FLAGS);
    }
}

// rdi: the flags to set. Then one of each kind of trap.
USER_CODE(set_flags_and_call, "push %rdi; popfq; syscall; pushfq; pop %rsi; syscall");
USER_CODE(set_flags_and_fault, "push %rdi; popfq; ud2");
USER_CODE(set_flags_and_spin, "push %rdi; popfq; 1: jmp 1b");

constinit std::uint64_t flags_in_handler = 0;

// Alignment check, direction and nested task are ring 3's to set, and would undo SMAP, memcpy and iretq in ring 0.
TEST(user_mode, keeps_the_flags_of_ring_3_out_of_ring_0) {
    UserWorld world;
    arch::set_timer_handler([] { flags_in_handler = arch::read_flags(); });
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
    arch::set_timer_handler(nullptr);
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

USER_CODE(call_for_ever, "1: syscall; jmp 1b");

// Each trap lands on the same word of the kernel stack, and costs the same.
TEST(user_mode, takes_a_constant_stack_over_100000_system_calls) {
    constexpr std::uint64_t CALLS = 100'000;
    UserWorld world;
    UserContext context = world.begin(call_for_ever);
    expect_system_call(arch::enter_user(context));
    const std::uint64_t stack = arch::this_core().task_state.rsp[0];
    std::uint64_t others = 0;
    const std::uint64_t begin = test::instructions();
    for (std::uint64_t call = 0; call < CALLS; ++call) {
        others += arch::enter_user(context).kind != Trap::Kind::system_call;
        others += arch::this_core().task_state.rsp[0] != stack;
    }
    const std::uint64_t each = (test::instructions() - begin) / CALLS;
    EXPECT_EQ(others, 0u);
    EXPECT_LE(each, 95u);
    test::measure("instructions_per_call", each);
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
