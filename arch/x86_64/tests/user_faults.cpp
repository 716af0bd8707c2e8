#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "arch/x86_64/core.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/tests/user_world.hpp"
#include "arch/x86_64/trap.hpp"
#include "arch/x86_64/user_mode.hpp"
#include "kernel/test/test.hpp"

// Whatever ring 3 does wrong comes back as a fault, and the kernel goes on.

namespace {

using arch::Trap;
using user_world::UserWorld;

constexpr std::uint8_t DIVIDE_ERROR = 0;
constexpr std::uint8_t INVALID_OPCODE = 6;
constexpr std::uint8_t STACK_FAULT = 12;
constexpr std::uint8_t X87_ERROR = 16;
constexpr std::uint8_t SIMD_ERROR = 19;

// rsi: an address of the kernel that is mapped.
Trap fault_of(const user_world::Code& code) {
    UserWorld world;
    arch::UserContext context = world.begin(code);
    context.rsi = reinterpret_cast<std::uint64_t>(&arch::this_core());
    const Trap trap = arch::enter_user(context);
    EXPECT_EQ(trap.kind, Trap::Kind::fault);
    EXPECT(arch::interrupts_enabled());
    EXPECT_EQ(&arch::this_core(), arch::this_core().self);
    return trap;
}

void expect_fault(const user_world::Code& code, std::uint8_t vector, std::uint32_t error_code = 0) {
    const Trap trap = fault_of(code);
    EXPECT_EQ(trap.vector, vector);
    EXPECT_EQ(trap.error_code, error_code);
}

void expect_page_fault(const user_world::Code& code, std::uint64_t address, std::uint32_t error_code) {
    const Trap trap = fault_of(code);
    EXPECT_EQ(trap.vector, arch::PAGE_FAULT);
    EXPECT_EQ(trap.error_code, error_code);
    EXPECT_EQ(trap.address, address);
}

} // namespace

USER_CODE(divide_by_zero, "xor %ecx, %ecx; div %ecx");
USER_CODE(invalid_opcode, "ud2");
USER_CODE(use_avx, "vpxor %ymm0, %ymm0, %ymm0");
USER_CODE(set_gs_base, "wrgsbase %rsi");
USER_CODE(simd_error, "pushq $0; ldmxcsr (%rsp); pxor %xmm0, %xmm0; divss %xmm0, %xmm0; int3");
USER_CODE(x87_error, "pushq $0; fldcw (%rsp); fldz; fldz; fdivrp; fwait");

TEST(user_faults, from_arithmetic_and_opcodes) {
    expect_fault(divide_by_zero, DIVIDE_ERROR);
    expect_fault(invalid_opcode, INVALID_OPCODE);
    expect_fault(use_avx, INVALID_OPCODE);
    expect_fault(set_gs_base, INVALID_OPCODE);
    expect_fault(x87_error, X87_ERROR);
    const std::uint8_t vector = fault_of(simd_error).vector; // QEMU's translator raises no SIMD exception
    EXPECT(vector == SIMD_ERROR || vector == arch::BREAKPOINT);
}

USER_CODE(breakpoint, "int3");
USER_CODE(single_step, "pushfq; orl $0x100, (%rsp); popfq; nop; nop");
USER_CODE(software_interrupt, "int $0x80");
USER_CODE(pretended_timer, "int $0x40");
USER_CODE(pretended_nmi, "int $2");
USER_CODE(pretended_page_fault, "int $14");

// An `int n` of ring 3 must not look like the exception or interrupt n: the gate is closed, and bit 1 of the error code
// says that the rest names a gate (its number times 8; QEMU says times 16).
TEST(user_faults, from_software_interrupts) {
    expect_fault(breakpoint, arch::BREAKPOINT);
    expect_fault(single_step, arch::DEBUG);
    for (const auto& code : {software_interrupt, pretended_timer, pretended_nmi, pretended_page_fault}) {
        const Trap trap = fault_of(code);
        EXPECT_EQ(trap.vector, arch::GENERAL_PROTECTION);
        EXPECT_EQ(trap.error_code & 7, 2u);
    }
}

USER_CODE(halt, "hlt");
USER_CODE(interrupts_off, "cli");
USER_CODE(read_port, "mov $0x3f8, %edx; in %dx, %al");
USER_CODE(write_port, "mov $0xf4, %edx; mov $0, %al; out %al, %dx");
USER_CODE(write_cr3, "mov %rax, %cr3");
USER_CODE(read_cr0, "mov %cr0, %rax");
USER_CODE(read_msr, "mov $0xc0000080, %ecx; rdmsr");
USER_CODE(write_msr, "mov $0xc0000082, %ecx; wrmsr");
USER_CODE(swap_gs, "swapgs");
USER_CODE(system_return, "sysretq");
USER_CODE(load_idt, "lidt (%rsp)");
USER_CODE(load_task, "ltr %ax");
USER_CODE(load_kernel_data, "mov $0x10, %eax; mov %eax, %ss");
USER_CODE(invalidate, "invlpg (%rsp)");
USER_CODE(write_debug_register, "mov %rax, %dr7");

TEST(user_faults, from_privileged_instructions) {
    for (const auto& code : {halt, interrupts_off, read_port, write_port, write_cr3, read_cr0, read_msr, write_msr,
                             swap_gs, system_return, load_idt, load_task, invalidate, write_debug_register})
        expect_fault(code, arch::GENERAL_PROTECTION);
    expect_fault(load_kernel_data, arch::GENERAL_PROTECTION, arch::KERNEL_DATA);
}

USER_CODE(return_to_ring_0, "pushq $0x10; push %rsp; pushfq; pushq $0x08; push %rsi; iretq");
USER_CODE(far_return_to_ring_0, "pushq $0x08; push %rsi; lretq");
USER_CODE(old_system_call, "sysenter");

// A page fault: QEMU reads what iretq and lretq pop as ring 0 would, which SMAP forbids.
TEST(user_faults, from_other_ways_into_ring_0) {
    for (const auto& code : {return_to_ring_0, far_return_to_ring_0, old_system_call}) {
        const std::uint8_t vector = fault_of(code).vector;
        EXPECT(vector == arch::GENERAL_PROTECTION || vector == INVALID_OPCODE || vector == arch::PAGE_FAULT);
    }
}

USER_CODE(read_null, "xor %ecx, %ecx; mov (%rcx), %eax");
USER_CODE(read_kernel, "mov (%rsi), %rax");
USER_CODE(write_kernel, "mov %rax, (%rsi)");
USER_CODE(jump_to_kernel, "jmp *%rsi");
USER_CODE(write_code, "movl $0, 1f(%rip); 1:");
USER_CODE(run_stack, "movb $0x90, -1(%rsp); lea -1(%rsp), %rax; jmp *%rax");

// Error code: 1 present, 2 write, 4 ring 3, 16 fetch (SDM volume 3, section 4.7).
TEST(user_faults, from_pages) {
    const auto core = reinterpret_cast<std::uint64_t>(&arch::this_core());
    expect_page_fault(read_null, 0, 4);
    expect_page_fault(read_kernel, core, 4u | 1);
    expect_page_fault(write_kernel, core, 4 | 2 | 1);
    expect_page_fault(jump_to_kernel, core, 4 | 16 | 1);
    expect_page_fault(write_code, user_world::CODE + write_code.bytes(), 4 | 2 | 1);
    expect_page_fault(run_stack, user_world::STACK_TOP - 1, 4 | 16 | 1);
}

USER_CODE(jump_to_no_address, "mov $1, %rax; shl $63, %rax; jmp *%rax");
USER_CODE(read_no_address, "mov $1, %rax; shl $63, %rax; mov (%rax), %eax");
USER_CODE(push_to_no_address, "mov $1, %rax; shl $63, %rax; mov %rax, %rsp; push %rax");
USER_CODE(push_to_kernel, "mov %rsi, %rsp; push %rax");

TEST(user_faults, from_addresses_that_are_none) {
    expect_fault(jump_to_no_address, arch::GENERAL_PROTECTION);
    expect_fault(read_no_address, arch::GENERAL_PROTECTION);
    const std::uint8_t vector = fault_of(push_to_no_address).vector; // QEMU raises the other one
    EXPECT(vector == STACK_FAULT || vector == arch::GENERAL_PROTECTION);
    expect_page_fault(push_to_kernel, reinterpret_cast<std::uint64_t>(&arch::this_core()) - 8, 4 | 2 | 1);
}

USER_CODE(step_into_call, "pushfq; orl $0x100, (%rsp); popfq; syscall; nop");

// The single step that is due behind `syscall` is ring 3's, or nobody's.
TEST(user_faults, single_step_stops_at_the_border) {
    UserWorld world;
    const Trap trap = world.run(step_into_call);
    EXPECT(trap.kind == Trap::Kind::system_call || trap.vector == arch::DEBUG);
    EXPECT_EQ(arch::read_flags() & 1 << 8, 0u);
}
