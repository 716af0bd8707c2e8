#include "arch/interrupts.hpp"

#include "arch/handler.hpp"
#include "arch/x86_64/apic.hpp"
#include "arch/x86_64/clock.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/trap.hpp"
#include "kernel/lib/moment.hpp"
#include "kernel/lib/panic.hpp"

namespace arch {

PER_CORE constinit PerCore<unsigned> handler_depth{0};

namespace {

constinit void (*handlers[256])() = {};

PER_CORE constinit PerCore<std::uint64_t> interrupts{0};
PER_CORE constinit PerCore<std::uint64_t> halts{0};
PER_CORE constinit PerCore<std::uint64_t> halted{0};
PER_CORE constinit PerCore<std::uint64_t> halted_since{0}; // 0: the core does not stand still
PER_CORE constinit PerCore<const kernel::InterruptedCode*> interrupted_now{nullptr};

// The halt is over when the handler begins, not when it ends.
void note_interrupt() {
    interrupts = interrupts + 1;
    if (halted_since != 0)
        halted = halted + (read_tsc() - halted_since);
    halted_since = 0;
}

// What is spurious has no handler either. It must not be acknowledged: SDM volume 3, section 11.9, and the 8259s'
// vectors never were the local APIC's.
[[gnu::noinline]] void ignore_spurious(unsigned vector, const kernel::InterruptedCode& interrupted) {
    if (vector == SPURIOUS || vector == SPURIOUS_LEGACY)
        return;
    interrupted_now = &interrupted;
    kernel::panic("interrupt {} has no handler", vector);
}

} // namespace

bool in_interrupt_handler() {
    return runs_handler();
}

void set_interrupt_handler(std::uint8_t vector, void (*handler)()) {
    handlers[vector] = handler;
}

void dispatch_interrupt(std::uint8_t vector, const kernel::InterruptedCode& interrupted) {
    void (*const handler)() = handlers[vector];
    if (handler == nullptr) [[unlikely]]
        return ignore_spurious(vector, interrupted);
    note_interrupt();
    const kernel::InterruptedCode* const before = interrupted_now;
    interrupted_now = &interrupted;
    kernel::note_moment(kernel::Moment::interrupt_begins, vector, interrupted.instruction);
    handler_depth = handler_depth + 1;
    handler();
    handler_depth = handler_depth - 1;
    kernel::note_moment(kernel::Moment::interrupt_ends);
    local_apic_acknowledge();
    interrupted_now = before;
}

void wait_for_interrupt() {
    kernel::note_moment(kernel::Moment::halts);
    halts = halts + 1;
    clock_before_halt();
    halted_since = read_tsc();
    sti_hlt();
    cli();
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

const kernel::InterruptedCode* kernel::interrupted_code() {
    return arch::interrupted_now;
}

extern "C" void trap_dispatch(arch::TrapFrame& frame) {
    using namespace arch;
    if (frame.vector < FIRST_INTERRUPT) [[unlikely]]
        die_of_trap(frame);
    const auto vector = static_cast<std::uint8_t>(frame.vector);
    [[clang::always_inline]] dispatch_interrupt(vector, {frame.rip, frame.rbp});
}
