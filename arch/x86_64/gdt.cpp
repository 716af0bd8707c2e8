#include "arch/x86_64/gdt.hpp"

#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/layout.hpp"

#include <algorithm>
#include <cstring>

extern "C" {
PER_CORE constinit arch::PerCore<arch::Core> own_core;
}

namespace arch {

PER_CORE constinit PerCore<std::uintptr_t> per_core_offset{0};

namespace {

// The order of the user segments is what sysret wants: data, then code (SDM volume 2, SYSRET). layout.hpp names them.
constexpr std::uint64_t DESCRIPTORS[] = {
    0,
    0x00af9a000000ffff, // 0x08 KERNEL_CODE: 64-bit, ring 0
    0x00cf92000000ffff, // 0x10 KERNEL_DATA
    0x00cff2000000ffff, // 0x18 USER_DATA: ring 3
    0x00affa000000ffff, // 0x20 USER_CODE: 64-bit, ring 3
    0,                  // 0x28 the task state, two entries
    0,
};
constexpr std::uint16_t TASK_STATE = 0x28;
static_assert(sizeof DESCRIPTORS == sizeof Core{}.descriptors);

// What lies between the symbols of a stack (stacks.asm).
Stack between(const char* guard, const char* top) {
    return {reinterpret_cast<std::uintptr_t>(guard) + PAGE_BYTES, reinterpret_cast<std::uintptr_t>(top)};
}

std::size_t per_core_bytes() {
    return static_cast<std::size_t>(per_core_end - per_core_begin);
}

void describe(Core& core, unsigned index, const Stack (&stacks)[STACK_COUNT]) {
    core.self = &core;
    core.index = index;
    std::ranges::copy(stacks, core.stacks);
    core.task_state.rsp[0] = stacks[KERNEL_STACK].top;
    for (unsigned number = DOUBLE_FAULT_STACK; number < STACK_COUNT; ++number)
        core.task_state.interrupt_stack[number - 1] = stacks[number].top;
    core.task_state.port_map_offset = sizeof core.task_state; // past the limit: no port is open to ring 3

    const auto base = reinterpret_cast<std::uint64_t>(&core.task_state);
    constexpr std::uint64_t AVAILABLE_TSS = std::uint64_t{0x89} << 40;
    std::ranges::copy(DESCRIPTORS, core.descriptors);
    core.descriptors[TASK_STATE / 8] =
        (sizeof core.task_state - 1) | (base & 0xff'ffff) << 16 | AVAILABLE_TSS | (base >> 24 & 0xff) << 56;
    core.descriptors[TASK_STATE / 8 + 1] = base >> 32;
}

// What core 0 has at `variable`, of the core whose variables lie `offset` bytes behind.
template<typename T>
T& moved(T& variable, std::uintptr_t offset) {
    return *reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(&variable) + offset);
}

} // namespace

void gdt_initialise() {
    std::memcpy(per_core_image, per_core_begin, per_core_bytes());
    write_msr(MSR_GS_BASE, PER_CORE_BASE);
    describe(*own_core, 0,
             {between(kernel_stack_guard, kernel_stack_top), between(double_fault_stack_guard, double_fault_stack_top),
              between(nmi_stack_guard, nmi_stack_top), between(machine_check_stack_guard, machine_check_stack_top)});
    gdt_load(*own_core);
}

Core& prepare_core(unsigned index, std::uintptr_t offset, const Stack (&stacks)[STACK_COUNT]) {
    std::memcpy(const_cast<char*>(per_core_begin) + offset, per_core_image, per_core_bytes());
    moved(*per_core_offset, offset) = offset;
    Core& core = moved(*own_core, offset);
    describe(core, index, stacks);
    return core;
}

void gdt_load(Core& core) {
    lgdt({sizeof core.descriptors - 1, reinterpret_cast<std::uint64_t>(core.descriptors)}, KERNEL_CODE, KERNEL_DATA);
    ltr(TASK_STATE);
    const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(&core) - reinterpret_cast<std::uintptr_t>(&own_core);
    write_msr(MSR_GS_BASE, PER_CORE_BASE + offset);
    write_msr(MSR_KERNEL_GS_BASE, 0);
}

} // namespace arch
