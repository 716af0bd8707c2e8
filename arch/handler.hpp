#pragma once

#if __STDC_HOSTED__
#include "arch/interrupts.hpp"
#else
#include "arch/x86_64/core.hpp"
#endif

namespace arch {

// in_interrupt_handler (interrupts.hpp), in place, for what every spawn and every end pass. Layers cannot use it: they
// read no segment register.
inline bool runs_handler() {
#if __STDC_HOSTED__
    return in_interrupt_handler();
#else
    return this_core().handler_depth > 0;
#endif
}

} // namespace arch
