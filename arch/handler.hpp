#pragma once

#if __STDC_HOSTED__
#include "arch/interrupts.hpp"
#endif

namespace arch {

#if !__STDC_HOSTED__
// Interrupt handlers that run. Of this core: one core runs; a second one would find its own through its GS base. For
// runs_handler; the audit refuses a layer that uses it by itself.
extern constinit unsigned handler_depth;
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
