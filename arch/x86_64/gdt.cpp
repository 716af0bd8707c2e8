#include "arch/x86_64/gdt.hpp"

#include "arch/x86_64/core.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/layout.hpp"

namespace arch {

namespace {

constinit Core core{};

// The order of the user segments is what sysret wants: data, then code (SDM volume 2, SYSRET). layout.hpp names them.
constinit std::uint64_t descriptors[] = {
    0,
    0x00af9a000000ffff, // 0x08 KERNEL_CODE: 64-bit, ring 0
    0x00cf92000000ffff, // 0x10 KERNEL_DATA
    0x00cff2000000ffff, // 0x18 USER_DATA: ring 3
    0x00affa000000ffff, // 0x20 USER_CODE: 64-bit, ring 3
    0,                  // 0x28 the task state, two entries
    0,
};
constexpr std::uint16_t TASK_STATE = 0x28;

std::uint64_t top(const char* stack_top) {
    return reinterpret_cast<std::uint64_t>(stack_top);
}

} // namespace

void gdt_initialise() {
    TaskState& task_state = core.task_state;
    task_state.rsp[0] = top(kernel_stack_top);
    task_state.interrupt_stack[DOUBLE_FAULT_STACK - 1] = top(double_fault_stack_top);
    task_state.interrupt_stack[NMI_STACK - 1] = top(nmi_stack_top);
    task_state.interrupt_stack[MACHINE_CHECK_STACK - 1] = top(machine_check_stack_top);
    task_state.port_map_offset = sizeof task_state; // past the limit: no port is open to ring 3

    const auto base = reinterpret_cast<std::uint64_t>(&task_state);
    constexpr std::uint64_t AVAILABLE_TSS = std::uint64_t{0x89} << 40;
    descriptors[TASK_STATE / 8] =
        (sizeof task_state - 1) | (base & 0xff'ffff) << 16 | AVAILABLE_TSS | (base >> 24 & 0xff) << 56;
    descriptors[TASK_STATE / 8 + 1] = base >> 32;

    lgdt({sizeof descriptors - 1, reinterpret_cast<std::uint64_t>(descriptors)}, KERNEL_CODE, KERNEL_DATA);
    ltr(TASK_STATE);

    core.self = &core;
    write_msr(MSR_GS_BASE, reinterpret_cast<std::uint64_t>(&core));
    write_msr(MSR_KERNEL_GS_BASE, 0);
}

} // namespace arch
