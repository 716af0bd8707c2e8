#include "kernel/lib/panic.hpp"
#include "kernel/lib/machine.hpp"

#include <cstdio>
#include <cstdlib>

// What kernel/lib asks of the machine, on the host: it speaks on standard error, and a panic ends the test program.
void kernel::console_write(std::string_view text) {
    std::fprintf(stderr, "%.*s", static_cast<int>(text.size()), text.data());
}

void kernel::results_write(std::string_view) {}

void kernel::panic_text(std::string_view text, std::source_location where) {
    std::fprintf(stderr, "PANIC %s:%u: %.*s\n", where.file_name(), where.line(), static_cast<int>(text.size()),
                 text.data());
    std::abort();
}
