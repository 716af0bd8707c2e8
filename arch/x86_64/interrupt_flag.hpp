#pragma once

#include "arch/x86_64/instructions.hpp"

// The interrupt flag, in place: an InterruptGuard is on the path of every wake, park and turn, and two calls there
// would cost more than what they guard.
namespace arch {

inline bool interrupts_enabled() {
    constexpr std::uint64_t INTERRUPT_FLAG = 1 << 9;
    return (read_flags() & INTERRUPT_FLAG) != 0;
}
inline void enable_interrupts() {
    sti();
}
inline void disable_interrupts() {
    cli();
}

} // namespace arch
