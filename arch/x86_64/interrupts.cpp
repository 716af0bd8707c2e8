#include "arch/interrupts.hpp"

#include "arch/x86_64/instructions.hpp"

namespace arch {

namespace {

constexpr std::uint64_t INTERRUPT_FLAG = 1 << 9;

} // namespace

bool interrupts_enabled() {
    return (read_flags() & INTERRUPT_FLAG) != 0;
}
void enable_interrupts() {
    sti();
}
void disable_interrupts() {
    cli();
}

void wait_for_interrupt() {
    sti_hlt();
    cli();
}

} // namespace arch
