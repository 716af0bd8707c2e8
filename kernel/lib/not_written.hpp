#pragma once

namespace kernel {

// What the body of a function calls until the student has written it. Says so on the console and to the grader, with a
// backtrace, and ends the run; `function` is the qualified name, as in "heap::allocate".
// Any context. Does not return.
[[noreturn]] void not_written(const char* function);

} // namespace kernel
