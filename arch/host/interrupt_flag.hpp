#pragma once

// The pretended interrupt flag: interrupts.cpp.
namespace arch {

bool interrupts_enabled();
void enable_interrupts();
void disable_interrupts();

} // namespace arch
