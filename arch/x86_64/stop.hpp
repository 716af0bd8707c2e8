#pragma once

#include "arch/x86_64/trap.hpp"

namespace arch {

// For an NMI. When it came to stop this core while another one reports (kernel::stop_other_cores), it notes where that
// was and never returns. Else it is somebody else's, and this returns.
void stop_if_told(const TrapFrame& frame);

// Whether ring 3 was interrupted, or has trapped.
inline bool is_from_user(const TrapFrame& frame) {
    return (frame.cs & 3) != 0;
}

} // namespace arch
