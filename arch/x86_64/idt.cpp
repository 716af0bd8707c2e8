#include "arch/x86_64/core.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/layout.hpp"
#include "arch/x86_64/trap.hpp"

extern "C" const std::uint64_t trap_entries[256];

namespace arch {

namespace {

// Intel SDM volume 3, figure 6-8 "64-Bit IDT Gate Descriptors".
struct Gate {
    std::uint16_t offset_low;
    std::uint16_t selector;
    std::uint8_t interrupt_stack;
    std::uint8_t type; // present, an interrupt gate: the processor turns interrupts off
    std::uint16_t offset_middle;
    std::uint32_t offset_high;
    std::uint32_t reserved;
};
static_assert(sizeof(Gate) == 16);

constexpr std::uint8_t INTERRUPT_GATE = 0x8e;
constexpr std::uint8_t USER_GATE = 0xee; // open to ring 3's `int3`; any other `int n` there is a protection fault

constinit Gate gates[256]{};

// A number of the task state's interrupt stack table; KERNEL_STACK, which is no number there: the stack that is in use.
StackNumber stack_for(unsigned vector) {
    switch (vector) {
    case DOUBLE_FAULT:
        return DOUBLE_FAULT_STACK;
    case DEBUG: // on ring 3's stack, where `syscall` was being stepped; an NMI on top of it does not return
    case NMI:
        return NMI_STACK;
    case MACHINE_CHECK:
        return MACHINE_CHECK_STACK;
    default:
        return KERNEL_STACK;
    }
}

} // namespace

void idt_initialise() {
    static_assert(KERNEL_STACK == 0);
    for (unsigned vector = 0; vector < 256; ++vector) {
        const std::uint64_t entry = trap_entries[vector];
        gates[vector] = {static_cast<std::uint16_t>(entry),
                         KERNEL_CODE,
                         stack_for(vector),
                         vector == BREAKPOINT ? USER_GATE : INTERRUPT_GATE,
                         static_cast<std::uint16_t>(entry >> 16),
                         static_cast<std::uint32_t>(entry >> 32),
                         0};
    }
    idt_load();
}

void idt_load() {
    lidt({sizeof gates - 1, reinterpret_cast<std::uint64_t>(gates)});
}

} // namespace arch
