#pragma once

#include "arch/x86_64/layout.hpp"
#include "arch/x86_64/local_apic_registers.hpp"

#include <cstdint>
#include <span>

// The local APIC (Intel SDM volume 3, chapter 11) and the I/O APIC (82093AA data sheet).
namespace arch {

// Turns the old interrupt controllers off and this core's local APIC on, in x2APIC mode where the processor has it.
// Interrupts off, after device memory can be mapped, once a core.
void local_apic_initialise();

// Tells the local APIC that the handler of the current interrupt is done. From the dispatcher only.
inline void local_apic_acknowledge() {
    local_apic::write(local_apic::END_OF_INTERRUPT, 0);
}

// This core's local APIC number.
std::uint32_t local_apic_id();

// What another core's local APIC can be sent (SDM volume 3, figure 11-12): the interrupt `number`, an NMI, INIT, after
// which the core waits, or STARTUP, with which it then begins to run at page `number`.
enum class Command : std::uint32_t { interrupt = 0x4000, nmi = 0x4400, init = 0x4500, startup = 0x4600 };
// What was stored before, the other core sees when it takes the interrupt. Interrupts off.
void local_apic_send(std::uint32_t id, Command command, std::uint8_t number = 0);

// The timer's raw counter: counts down from `ticks` at one sixteenth of its clock, interrupts once at 0. 0 stops it.
inline void local_apic_timer_start(std::uint32_t ticks) {
    local_apic::write(local_apic::INITIAL_COUNT, ticks);
}
std::uint32_t local_apic_timer_remaining();

// Has the timer interrupt when the time-stamp counter reaches `deadline`; only after local_apic_timer_has_deadline().
bool local_apic_timer_has_deadline();
void local_apic_timer_deadline(std::uint64_t deadline);

// Finds the I/O APIC and the routing of the ISA lines by the ACPI tables that begin at `root`, and masks every line.
void io_apic_initialise(Physical root);

// The local APICs of the cores that those tables list, this one's among them. Afterwards.
std::span<const std::uint32_t> listed_cores();

// Sends ISA line 0..15 to this core as vector FIRST_ISA + line.
void io_apic_enable_isa_line(std::uint8_t line);

} // namespace arch
