#pragma once

#include <span>

namespace arch {

// Sets both serial ports to 115,200 baud, 8N1. Once, first of all: kernel/lib/machine.hpp writes to them.
void console_initialise();

// Has nobody wait for another writer from now on: all others are stopped, one perhaps in the middle of a line.
void console_take_from_others();
// What arrived on the console before that. The FIFO would forget it when it is turned on.
std::span<const char> console_early_bytes();

} // namespace arch
