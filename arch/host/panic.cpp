#include "kernel/lib/panic.hpp"

#include <cstdio>
#include <cstdlib>

// kernel/lib/panic.hpp on the host: says why, and ends the test program.
void kernel::panic_text(std::string_view text, std::source_location where) {
    std::fprintf(stderr, "PANIC %s:%u: %.*s\n", where.file_name(), where.line(), static_cast<int>(text.size()),
                 text.data());
    std::abort();
}
