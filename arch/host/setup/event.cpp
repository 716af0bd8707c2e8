#include "kernel/event/console_input.hpp"
#include "kernel/event/executor.hpp"

// What kernel/stage/N-name.cpp does in the kernel, for the host's unit tests of labs 2 and up.
namespace {

[[maybe_unused]] const bool begun = (event::initialise(), event::console_input_initialise(), true);

} // namespace
