#pragma once

#if __STDC_HOSTED__
#include "arch/interrupts.hpp"
#else
#include "arch/per_core.hpp"
#endif

namespace arch {

#if !__STDC_HOSTED__
// Interrupt handlers that run on this core. For runs_handler; the audit refuses a layer that uses it by itself.
extern constinit PerCore<unsigned> handler_depth;
#endif

// in_interrupt_handler (interrupts.hpp), in place, for what every spawn and every end pass.
inline bool runs_handler() {
#if __STDC_HOSTED__
    return in_interrupt_handler();
#else
    return handler_depth > 0;
#endif
}

} // namespace arch
