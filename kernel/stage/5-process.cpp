#include "kernel/event/console_input.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/trace.hpp"
#include "kernel/lib/log.hpp"
#include "kernel/stage/stage.hpp"
#include "kernel/test/harness.hpp"

namespace stage {

std::string_view lab_folder() {
    return "labs/5-process/";
}

void begin() {
    event::initialise();
    event::console_input_initialise();
}

std::size_t trace_violations() {
    return event::trace_report();
}

void live() {
    kernel::log("stage 5: a kernel of processes. Its tests:");
    kernel::Orders orders;
    orders.read("test=lab");
    test::run(orders);
}

} // namespace stage
