#pragma once

#include "kernel/lib/machine.hpp"

// What events add to the kernel's report of its own death (kernel/lib/report.hpp).
namespace event {

// The running event and what awaits it; or, when all are blocked, who waits for what and where; in a traced build the
// latest records too. Reads what may have been written over: the last thing that a report does.
void report_events(kernel::Ending why);

} // namespace event
