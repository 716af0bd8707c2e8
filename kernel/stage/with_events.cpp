#include "kernel/event/console_input.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/trace.hpp"
#include "kernel/stage/stage.hpp"

// Of every stage that has events: 2 and up.
namespace stage {

void begin() {
    event::initialise();
    event::console_input_initialise();
}

std::size_t trace_violations() {
    return event::trace_report();
}

} // namespace stage
