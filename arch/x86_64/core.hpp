#pragma once

#include "arch/per_core.hpp"
#include "arch/x86_64/layout.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

// What the machine itself needs of each core: the first of its own variables (per_core.hpp). The kernel finds them
// through GS, whose base leads to this core's while the kernel runs and is 0 while ring 3 does; the other one is then
// in the MSR KERNEL_GS_BASE, and `swapgs` exchanges them (SDM volume 2, SWAPGS). Who swaps, and when: user_mode.asm.
namespace arch {

struct TrapFrame;
struct UserContext;

// SDM volume 3, figure 8-11 "64-Bit TSS Format".
struct [[gnu::packed]] TaskState {
    std::uint32_t reserved0;
    std::uint64_t rsp[3]; // [0]: where an interrupt of ring 3 finds its stack
    std::uint64_t reserved1;
    std::uint64_t interrupt_stack[7]; // [0] is IST 1
    std::uint64_t reserved2;
    std::uint16_t reserved3;
    std::uint16_t port_map_offset;
};
static_assert(sizeof(TaskState) == 104);

// A core's stacks. But for the first, their numbers are those of the task state's interrupt stack table.
enum StackNumber : unsigned char {
    KERNEL_STACK = 0,
    DOUBLE_FAULT_STACK = 1,
    NMI_STACK = 2,
    MACHINE_CHECK_STACK = 3,
    STACK_COUNT = 4,
};

// The guard page lies below `begin`.
struct Stack {
    std::uintptr_t begin;
    std::uintptr_t top;
};

// Its task state must not cross a page (SDM volume 3, section 8.2.1).
struct alignas(256) Core {
    Core* self;                // what this_core reads
    UserContext* user;         // what ring 3 runs with, or ran with last
    std::uint64_t user_stack;  // rsp of ring 3 for the first moments after `syscall`, which switches no stack
    bool slice_is_over;        // clock.hpp
    UserContext* vector_owner; // whose vector state is in the registers; null: nobody's
    std::uint32_t index;       // 0 for the core that booted
    TaskState task_state;      // rsp[0] is also where enter_user goes on when ring 3 traps
    std::uint32_t apic_id;     // the number of its local APIC
    std::uint64_t descriptors[7];
    Stack stacks[STACK_COUNT];
    std::atomic<void (*)()> work;       // what it is to run, or runs; cores.hpp
    const TrapFrame* stopped_in_report; // where it was when another one's report stopped it; null: it runs
};
static_assert(offsetof(Core, user) == 8 && offsetof(Core, user_stack) == 16); // layout.inc: CORE_…
static_assert(offsetof(Core, task_state) + sizeof(TaskState) <= alignof(Core));
static_assert(offsetof(Core, task_state) + offsetof(TaskState, rsp) == 48);

extern "C" constinit PerCore<Core> own_core;

// Not *own_core, which would take one instruction more.
inline Core& this_core() {
    using Own = Core* __attribute__((address_space(256)));
    return **reinterpret_cast<Own*>(reinterpret_cast<std::uintptr_t>(&own_core) - PER_CORE_BASE);
}
static_assert(offsetof(Core, self) == 0);

inline constexpr unsigned MAXIMUM_CORES = 32;
// Of address space, for each core's stacks and variables (cores.cpp); core 0's are in the image.
inline constexpr std::uintptr_t CORE_BYTES = 1 << 20;
constexpr std::uintptr_t variables_of_core(unsigned index) {
    return CORES_BASE + index * CORE_BYTES + CORE_BYTES / 2;
}

// How many cores run. The others only read it.
extern constinit std::atomic<unsigned> running_cores;

// One of them, by its index; null: it does not run. Any context.
Core* core(unsigned index);

// The name of the stack, of any core's, in whose guard page the address lies; null: in none.
const char* guarded_stack(std::uintptr_t address);

} // namespace arch
