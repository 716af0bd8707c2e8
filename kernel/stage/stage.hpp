#pragma once

#include <cstddef>
#include <string_view>

// What differs between the stages beside the labs that they link. kernel/stage/N-name.cpp is a stage's own file; what
// several stages share is in with_events.cpp and lives_for_tests.cpp, and the Makefile says which stage has which.
namespace stage {

// The folder of this stage's own lab, as in "labs/1-heap/".
std::string_view lab_folder();

// What this stage is, in a few words, as in "stage 1: a kernel with a heap". Of a stage that lives for its tests.
std::string_view title();

// Starts what comes with the stage's layers. Once, before any test or live; interrupts off.
void begin();

// Reports what the trace of a traced build (make TRACE=1) holds against the test that has just run, and returns how
// many rules it broke; 0 in other builds.
std::size_t trace_violations();

// What this stage does when no test is ordered. Interrupts on.
[[noreturn]] void live();

} // namespace stage
