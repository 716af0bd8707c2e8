#include "arch/interrupts.hpp"

#include "arch/x86_64/clock.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/trap.hpp"

namespace arch {

namespace {

constinit std::uint64_t interrupts = 0;
constinit std::uint64_t halts = 0;
constinit std::uint64_t halted = 0;
constinit std::uint64_t halted_since = 0; // 0: the core does not stand still

} // namespace

void wait_for_interrupt() {
    ++halts;
    clock_before_halt();
    halted_since = read_tsc();
    sti_hlt();
    cli();
}

// The halt is over when the handler begins, not when it ends.
void note_interrupt() {
    ++interrupts;
    if (halted_since != 0)
        halted += read_tsc() - halted_since;
    halted_since = 0;
}

std::uint64_t interrupt_count() {
    return interrupts;
}
std::uint64_t halt_count() {
    return halts;
}
std::uint64_t halted_ticks() {
    return halted;
}

} // namespace arch
