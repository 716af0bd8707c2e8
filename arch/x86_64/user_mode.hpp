#pragma once

#include <cstddef>
#include <cstdint>

// Ring 3 as a function call: it runs until it traps, and then the call returns. Implemented by user_mode.cpp and
// user_mode.asm.
namespace arch {

// The registers of ring 3. Their order is shared with user_mode.asm.
struct UserRegisters {
    std::uint64_t rax = 0, rbx = 0, rcx = 0, rdx = 0, rsi = 0, rdi = 0, rbp = 0, rsp = 0;
    std::uint64_t r8 = 0, r9 = 0, r10 = 0, r11 = 0, r12 = 0, r13 = 0, r14 = 0, r15 = 0;
    std::uint64_t rip = 0, rflags = 0;
    alignas(16) std::byte vector_state[512] = {}; // as FXSAVE64 lays it out: SDM volume 2, table 3-47
};

// What ring 3 had in its registers when it ran last. A new one starts with zeros, null data segments (which are not
// kept: another context that runs in between clears them), and the vector unit as after FNINIT
// with all SIMD exceptions masked. AVX stays off (CR4.OSXSAVE): its instructions are invalid in ring 3.
//
// The vector state may lie in the core's registers, not here, while nobody else needed them; copies and the destructor
// know.
struct UserContext : UserRegisters {
    UserContext();
    UserContext(const UserContext&);
    UserContext& operator=(const UserContext&);
    ~UserContext(); // the core forgets that it holds this context's vector state
};

// Why ring 3 stopped.
struct Trap {
    enum class Kind : std::uint8_t {
        system_call, // by `syscall`: number and arguments lie in the context
        fault,       // an exception; rip is of the instruction, but behind it for a breakpoint and a debug exception
        interrupt,   // a device's or the timer's, whose handler has run
    };
    Kind kind;
    std::uint8_t vector;      // of the fault or interrupt (trap.hpp)
    std::uint32_t error_code; // of the fault, 0 where it has none
    std::uint64_t address;    // CR2, for a page fault
};

// The only flags that ring 3 chooses: carry, parity, adjust, zero, sign, direction, overflow, alignment check, ID.
// enter_user clears the others, so ring 3 has interrupts on, no port of its own and no single steps.
inline constexpr std::uint64_t USER_FLAGS = 0x24'0cd5;

// Runs ring 3 with `context` on the loaded address space until it traps, leaves what it had in its registers in
// `context`, and returns. After a system call rcx and r11 are rip and rflags: the processor overwrote them.
//
// While the slice is over (clock.hpp) it gives `interrupt` at once, and a fault (GENERAL_PROTECTION) for an rip that is
// not in the lower half; ring 3 does not run then. Interrupts on, and on again when it returns. Not from a handler.
// Takes the same stack each time and keeps none of it.
Trap enter_user(UserContext& context);

// Lets this core run ring 3: `syscall`, and the vector unit for ring 3's use. After gdt_initialise, once a core.
void user_mode_initialise();

} // namespace arch
