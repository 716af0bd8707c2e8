#pragma once

#include "kernel/event/event.hpp"

namespace event {

// Called by the stand-in for lab 4's `ended`, so that a test of the executor sees it. Null: nothing. Lab 4's own ended
// does not call it.
inline constinit void (*when_ended)(Event&) = nullptr;

} // namespace event
