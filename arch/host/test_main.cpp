// The host's test program: doctest's main, and what kernel/test/test.hpp promises.

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "arch/host/running_test.hpp"
#include "kernel/lib/not_written.hpp"
#include "kernel/test/test.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

namespace test {

std::uint64_t seed() {
    const char* const text = std::getenv("POLLUX_SEED");
    return text == nullptr ? 1 : std::strtoull(text, nullptr, 0);
}

void measure(const char* name, std::uint64_t value) {
    const doctest::TestCaseData* const current = doctest::getContextOptions()->currentTest;
    if (doctest::getContextOptions()->success)
        std::printf("%s: %s=%" PRIu64 "\n", current->m_name, name, value);
}

} // namespace test

namespace kernel {

void not_written(const char* function) {
    std::fprintf(stderr, "%s is not written yet\n", function);
    host::say_running_test();
    std::fflush(nullptr);
    std::_Exit(1);
}

} // namespace kernel
