#pragma once

#include <string_view>

// What differs between the stages beside the labs that they link. One file a stage, kernel/stage/N-name.cpp.
namespace stage {

// The folder of this stage's own lab, as in "labs/1-heap/".
std::string_view lab_folder();

// Starts what comes with the stage's layers. Once, before any test or live; interrupts off.
void begin();

// What this stage does when no test is ordered. Interrupts on.
[[noreturn]] void live();

} // namespace stage
