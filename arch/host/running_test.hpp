#pragma once

// A test program that ends within a test says which one it was, whoever ended it: a sanitizer, a body that is not
// written yet, or the limit of a test that never ends (POLLUX_LIMIT, or 10, seconds of the processor's time; 0 is
// none).
namespace host {

// On standard error, with the command that runs the test again. Nothing between two tests.
void say_running_test();

} // namespace host
