#pragma once

// What each core has for itself: arch::PerCore<T>, a variable of which every core has its own. `current()` and
// `executor()` are such: on another core they mean another event, another executor.
//
//     PER_CORE constinit arch::PerCore<unsigned> depth{0};     // the definition; PER_CORE is never left out
//     extern constinit arch::PerCore<unsigned> depth;          // in a header
//
//     depth = depth + 1;        // a number or pointer: one instruction, so no interrupt comes in between
//     timers->soonest           // anything else: by * and ->
//     timers.of(2).soonest      // another core's, for reports, and to prepare it before it runs
//
// A reference that * gave stays with its core. So do not keep one over a co_await: an event may go on elsewhere.
// How a core finds its own: arch/x86_64/per_core.hpp. On the host there is one core.
#if __STDC_HOSTED__
#include "arch/host/per_core.hpp"
#else
#include "arch/x86_64/per_core.hpp"
#endif
