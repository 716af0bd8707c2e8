#include "kernel/event/executor.hpp"

#include "arch/clock.hpp"
#include "kernel/event/report.hpp"
#include "kernel/event/timer.hpp"
#include "kernel/event/trace.hpp"
#include "kernel/event/waker.hpp"
#include "kernel/lib/report.hpp"

namespace event {

constinit Executor this_executor;

void initialise() {
    kernel::report_more = report_events;
    arch::set_timer_handler(expire_timers);
    if constexpr (TRACING)
        trace_initialise();
}

void Executor::run() {
    for (;;) {
        while (run_once())
            reap();
        if (!reapable.is_empty()) // also what a handler released after the last poll, or while the kernel was idle
            reap();
        else if (unfinished == 0)
            return;
        else
            idle();
    }
}

} // namespace event
