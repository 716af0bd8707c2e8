#pragma once

#include "kernel/process/system_calls.hpp"

namespace process {

// Does the calls beyond lab 5, which wait for nothing either; bad_call for a number that is no call.
Result more_calls(Process& process);

} // namespace process
