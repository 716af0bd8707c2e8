#include "arch/x86_64/user_mode.hpp"

#include "arch/clock.hpp"
#include "arch/handler.hpp"
#include "arch/interrupts.hpp"
#include "arch/x86_64/core.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/layout.hpp"
#include "arch/x86_64/trap.hpp"
#include "kernel/lib/panic.hpp"

#include <cstring>

extern "C" arch::Trap user_run(arch::UserContext& context);
extern "C" const char system_call_entry[];

namespace arch {

namespace {

// layout.inc: CONTEXT_…
constexpr std::size_t word(std::size_t offset) {
    return offset / sizeof(std::uint64_t);
}
static_assert(word(offsetof(UserRegisters, rax)) == 0 && word(offsetof(UserRegisters, rbx)) == 1 &&
              word(offsetof(UserRegisters, rcx)) == 2 && word(offsetof(UserRegisters, rdx)) == 3 &&
              word(offsetof(UserRegisters, rsi)) == 4 && word(offsetof(UserRegisters, rdi)) == 5 &&
              word(offsetof(UserRegisters, rbp)) == 6 && word(offsetof(UserRegisters, rsp)) == 7 &&
              word(offsetof(UserRegisters, r8)) == 8 && word(offsetof(UserRegisters, r15)) == 15 &&
              word(offsetof(UserRegisters, rip)) == 16 && word(offsetof(UserRegisters, rflags)) == 17);

static_assert(sizeof(Trap) == 16 && Trap::Kind{} == Trap::Kind::system_call); // returned in rax and rdx

enum Flags : std::uint64_t {
    ALWAYS_SET = 1 << 1,
    TRAP = 1 << 8,
    INTERRUPT = 1 << 9,
    DIRECTION = 1 << 10,
    NESTED_TASK = 1 << 14,
    ALIGNMENT_CHECK = 1 << 18,
};

// The vector state of a program that has just begun: FNINIT, and MXCSR as after reset (SDM volume 1, sections 8.1 and
// 11.6.4).
constexpr std::size_t CONTROL_WORD = 0;
constexpr std::size_t MXCSR = 24;
constexpr std::uint16_t CONTROL_WORD_INITIAL = 0x037f;
constexpr std::uint32_t MXCSR_INITIAL = 0x1f80;

// Of AMD's processors before Zen 2: FXRSTOR leaves the x87's last instruction and operand as they are unless an
// exception is pending, so one process would see the other's addresses (AMD64 APM volume 5, FXRSTOR; CPUID leaf
// 0x80000008, EBX bit 2 says that it is not so).
constinit bool keeps_x87_pointers = false;

// Another context than the last one comes to run on this core. What the last one left in the registers that user_run
// does not load must go.
void change_context(UserContext& context) {
    Core& core = this_core();
    if (core.vector_owner != nullptr)
        fxsave(core.vector_owner->vector_state);
    if (keeps_x87_pointers) [[unlikely]]
        forget_x87_pointers();
    fxrstor(context.vector_state);
    clear_data_segments();
    core.vector_owner = &context;
}

[[gnu::always_inline]] inline Trap run(UserContext& context) {
    context.rflags = (context.rflags & USER_FLAGS) | INTERRUPT | ALWAYS_SET;
    [[clang::musttail]] return user_run(context);
}

// Not in place: a caller that mostly passes it by would keep registers for it.
[[gnu::noinline]] Trap change_context_and_run(UserContext& context) {
    change_context(context);
    [[clang::musttail]] return run(context);
}

bool fxrstor_keeps_pointers() {
    constexpr std::uint32_t ERROR_POINTERS_RESTORED = 1 << 2;
    constexpr std::uint32_t TCG = 0x5447'4354; // QEMU's own processor, whatever its name: it has no such pointers
    if (is_virtual_machine() && cpuid(0x4000'0000).ebx == TCG)
        return false;
    const bool amd = cpuid(0).ecx == 0x444d'4163 || cpuid(0).ecx == 0x656e'6975; // "AuthenticAMD", "HygonGenuine"
    return amd && (cpuid(0x8000'0000).eax < 0x8000'0008 || (cpuid(0x8000'0008).ebx & ERROR_POINTERS_RESTORED) == 0);
}

} // namespace

UserContext::UserContext() {
    std::memcpy(vector_state + CONTROL_WORD, &CONTROL_WORD_INITIAL, sizeof CONTROL_WORD_INITIAL);
    std::memcpy(vector_state + MXCSR, &MXCSR_INITIAL, sizeof MXCSR_INITIAL);
}

UserContext::UserContext(const UserContext& other) : UserRegisters{} {
    *this = other;
}

// What the core's registers hold of the target is dropped; what they hold of the other is newer than its memory.
UserContext& UserContext::operator=(const UserContext& other) {
    if (this == &other)
        return *this;
    Core& core = this_core();
    if (core.vector_owner == this)
        core.vector_owner = nullptr;
    UserRegisters::operator=(other);
    if (core.vector_owner == &other)
        fxsave(vector_state);
    return *this;
}

UserContext::~UserContext() {
    Core& core = this_core();
    if (core.vector_owner == this)
        core.vector_owner = nullptr;
}

// Interrupts are off from the look at the slice on: one that comes now is taken in ring 3, and ends its run at once.
Trap enter_user(UserContext& context) {
    Core& core = this_core();
    KASSERT(!runs_handler());
    disable_interrupts();
    if (core.slice_is_over) [[unlikely]] {
        enable_interrupts();
        return {Trap::Kind::interrupt, TIMER, 0, 0};
    }
    if (context.rip >= LOWER_HALF_END) [[unlikely]] {
        enable_interrupts();
        return {Trap::Kind::fault, GENERAL_PROTECTION, 0, 0};
    }
    if (core.vector_owner != &context) [[unlikely]]
        [[clang::musttail]] return change_context_and_run(context);
    [[clang::musttail]] return run(context);
}

// SDM volume 3, section 5.8.8 "Fast System Calls in 64-Bit Mode"; sections 2.5 and 9.6 for CR0 and CR4.
void user_mode_initialise() {
    constexpr std::uint32_t MSR_EFER = 0xc000'0080;
    constexpr std::uint32_t MSR_STAR = 0xc000'0081;
    constexpr std::uint32_t MSR_LSTAR = 0xc000'0082;
    constexpr std::uint32_t MSR_FMASK = 0xc000'0084;
    constexpr std::uint64_t EFER_SCE = 1 << 0;
    // sysret loads SS with the second number plus 8 and CS with it plus 16.
    write_msr(MSR_STAR, std::uint64_t{USER_DATA - 8} << 48 | std::uint64_t{KERNEL_CODE} << 32);
    write_msr(MSR_LSTAR, reinterpret_cast<std::uint64_t>(system_call_entry));
    write_msr(MSR_FMASK, TRAP | INTERRUPT | DIRECTION | NESTED_TASK | ALIGNMENT_CHECK);
    write_msr(MSR_EFER, read_msr(MSR_EFER) | EFER_SCE);

    constexpr std::uint64_t CR0_MP = 1 << 1;
    constexpr std::uint64_t CR0_EM = 1 << 2;
    constexpr std::uint64_t CR0_TS = 1 << 3;
    constexpr std::uint64_t CR0_NE = 1 << 5;
    constexpr std::uint64_t CR4_OSFXSR = 1 << 9;
    constexpr std::uint64_t CR4_OSXMMEXCPT = 1 << 10;
    write_cr0((read_cr0() | CR0_MP | CR0_NE) & ~(CR0_EM | CR0_TS));
    write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
    fninit(); // after a reset all exceptions are on, and firmware need not have changed that
    keeps_x87_pointers = fxrstor_keeps_pointers();
}

} // namespace arch

// What is not a system call ends in here, in the place of user_run, interrupts off. The handler of an interrupt runs on
// this stack; ring 3 is what a report shows below it.
extern "C" arch::Trap user_trapped(std::uint64_t vector, std::uint64_t error_code) {
    using namespace arch;
    const auto number = static_cast<std::uint8_t>(vector);
    if (vector >= FIRST_INTERRUPT) {
        dispatch_interrupt(number, {this_core().user->rip, 0});
        enable_interrupts();
        return {Trap::Kind::interrupt, number, 0, 0};
    }
    const std::uint64_t address = vector == PAGE_FAULT ? read_cr2() : 0;
    enable_interrupts();
    return {Trap::Kind::fault, number, static_cast<std::uint32_t>(error_code), address};
}
