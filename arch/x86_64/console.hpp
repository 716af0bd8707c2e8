#pragma once

namespace arch {

// Sets both serial ports to 115,200 baud, 8N1. Once, first of all: kernel/lib/machine.hpp writes to them.
void console_initialise();

} // namespace arch
