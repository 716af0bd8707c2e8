#include "arch/x86_64/stop.hpp"

#include "arch/interrupts.hpp"
#include "arch/x86_64/apic.hpp"
#include "arch/x86_64/console.hpp"
#include "arch/x86_64/core.hpp"
#include "kernel/lib/report.hpp"
#include "kernel/lib/symbols.hpp"

#include <string_view>

// The report of a death is about all cores, and comes from one. An NMI stops the others, interrupts on or off.
namespace arch {

namespace {

constexpr std::uint32_t NOBODY = ~std::uint32_t{0};
constinit std::atomic<std::uint32_t> reporter{NOBODY};

// How long to wait for the others, in rounds: an NMI takes at most the longest instruction and a look at an emulator.
// One that does not stop is one that died at its own NMI, or a broken machine.
constexpr unsigned PATIENCE = 1'000'000;

bool has_stopped(Core& other) {
    return std::atomic_ref{other.stopped_in_report}.load(std::memory_order_acquire) != nullptr;
}

void report_core(Core& other) {
    if (!has_stopped(other))
        return kernel::report("core {} does not answer", other.index);
    if (other.work.load(std::memory_order_relaxed) == nullptr)
        return kernel::report("core {} halts: it has no work", other.index);
    const TrapFrame& frame = *other.stopped_in_report;
    const char* const interrupts = (frame.rflags & 1 << 9) != 0 ? "on" : "off";
    if (is_from_user(frame))
        return kernel::report("core {} is in ring 3, rip={:#x}", other.index, frame.rip);
    kernel::report("core {}, interrupts {}:", other.index, interrupts);
    kernel::report_backtrace(frame.rbp, frame.rip);
}

} // namespace

void stop_if_told(const TrapFrame& frame) {
    const std::uint32_t who = reporter.load(std::memory_order_acquire);
    if (who == NOBODY || who == this_core().index)
        return;
    std::atomic_ref{this_core().stopped_in_report}.store(&frame, std::memory_order_release);
    for (;;)
        cli_hlt();
}

} // namespace arch

void kernel::stop_other_cores() {
    using namespace arch;
    disable_interrupts();
    std::uint32_t nobody = NOBODY;
    const std::uint32_t self = this_core().index;
    if (!reporter.compare_exchange_strong(nobody, self)) {
        while (reporter.load(std::memory_order_relaxed) != self) // until the NMI comes
            spin_pause();
        return;
    }
    for (unsigned index = 0; Core* other = core(index); ++index)
        if (index != self)
            local_apic_send(other->apic_id, Command::nmi);
    for (unsigned index = 0; Core* other = core(index); ++index)
        for (unsigned round = 0; index != self && !has_stopped(*other) && round < PATIENCE; ++round)
            spin_pause();
    console_take_from_others();
}

void kernel::report_other_cores() {
    using namespace arch;
    if (core(1) == nullptr)
        return;
    kernel::report("this was core {}", this_core().index);
    for (unsigned index = 0; Core* other = core(index); ++index)
        if (index != this_core().index)
            report_core(*other);
}
