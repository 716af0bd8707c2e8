#pragma once

#include <cstddef>
#include <cstdint>

// What belongs to one core and no other. The kernel finds it through GS, whose base is this core's Core while the
// kernel runs and 0 while ring 3 does; the other one is then in the MSR KERNEL_GS_BASE, and `swapgs` exchanges them
// (SDM volume 2, SWAPGS). Who swaps, and when: user_mode.asm.
namespace arch {

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

struct Core {
    Core* self;                // what this_core reads
    UserContext* user;         // what ring 3 runs with, or ran with last
    std::uint64_t user_stack;  // rsp of ring 3 for the first moments after `syscall`, which switches no stack
    bool slice_is_over;        // clock.hpp
    UserContext* vector_owner; // whose vector state is in the registers; null: nobody's
    std::uint32_t padding;     // so that rsp[0] is aligned
    TaskState task_state;      // rsp[0] is also where enter_user goes on when ring 3 traps
};
static_assert(offsetof(Core, user) == 8 && offsetof(Core, user_stack) == 16); // layout.inc: CORE_…
static_assert(offsetof(Core, task_state) + offsetof(TaskState, rsp) == 48);

inline Core& this_core() {
    Core* core;
    asm("movq %%gs:0, %0" : "=r"(core));
    return *core;
}

} // namespace arch
