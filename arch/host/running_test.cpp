#include "arch/host/running_test.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <doctest/doctest.h>
#include <sanitizer/common_interface_defs.h>
#include <sys/time.h>

namespace {

const char* running = nullptr;

unsigned limit_seconds() {
    const char* const text = std::getenv("POLLUX_LIMIT");
    return text == nullptr ? 10 : static_cast<unsigned>(std::strtoul(text, nullptr, 0));
}

void begin_limit(unsigned seconds) {
    const itimerval limit{{0, 0}, {static_cast<time_t>(seconds), 0}};
    setitimer(ITIMER_VIRTUAL, &limit, nullptr);
}

// What stdio and the sanitizer do here is not meant for a signal handler; the test hangs, there is nothing to lose.
void end_of_limit(int) {
    std::fprintf(stderr, "\nThe test has not ended after %u seconds of the processor's time. It is here:\n",
                 limit_seconds());
    __sanitizer_print_stack_trace();
    host::say_running_test();
    std::_Exit(1);
}

struct RunningTest : doctest::IReporter {
    explicit RunningTest(const doctest::ContextOptions&) {}

    void test_run_start() override {
        __sanitizer_set_death_callback(host::say_running_test);
        std::signal(SIGVTALRM, end_of_limit);
    }
    void test_case_start(const doctest::TestCaseData& test) override {
        running = test.m_name;
        begin_limit(limit_seconds());
    }
    void test_case_end(const doctest::CurrentTestCaseStats&) override {
        begin_limit(0);
        running = nullptr;
    }

    void report_query(const doctest::QueryData&) override {}
    void test_run_end(const doctest::TestRunStats&) override {}
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_exception(const doctest::TestCaseException&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData&) override {}
    void log_message(const doctest::MessageData&) override {}
    void test_case_skipped(const doctest::TestCaseData&) override {}
};

REGISTER_LISTENER("running_test", 1, RunningTest);

} // namespace

void host::say_running_test() {
    if (running != nullptr)
        std::fprintf(stderr, "\nThis was the test %s. Again: %s -tc=%s\n", running, program_invocation_name, running);
}

// Without this UBSan says where, and not how one came there.
extern "C" const char* __ubsan_default_options() {
    return "print_stacktrace=1";
}
