#pragma once

#include "kernel/process/system_calls.hpp"

namespace process {

// Does the calls beyond lab 5, which wait for nothing either; bad_call for a number that is no call.
Result more_calls(Process& process);

// Ends a process from outside, as killed: at once, or, if it is the one whose call this is, before it runs on. Nothing
// when it has ended.
void kill(Process& process);

} // namespace process
