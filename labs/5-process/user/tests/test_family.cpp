// Parents and children.

#include "labs/5-process/user/tests/check.hpp"

using namespace user;
using Reason = ExitReport::Reason;

namespace {

constexpr std::int64_t NOT_FOUND = failed(ErrorNumber::not_found);
constexpr std::uint64_t MILLISECOND = 1'000'000;

// A child that ends with 7 after a while, or at once.
int child(std::span<const char* const> given) {
    if (const std::uint64_t nanoseconds = number_argument(given, 0, 0); nanoseconds > 0)
        nanosleep(nanoseconds);
    return static_cast<int>(number_argument(given, 1, 7));
}
std::int64_t spawn_child(const char* nanoseconds, const char* code = nullptr) {
    const char* const arguments[] = {"child", nanoseconds, code, nullptr};
    return spawn("test_family", arguments);
}
bool is_exit(const ExitReport& report, std::int32_t code) {
    return report.reason == Reason::exited && report.code == code && report.vector == 0;
}

int wait_before(std::span<const char* const>) {
    const std::int64_t pid = spawn_child("3000000");
    CHECK(pid > 0);
    CHECK(pid != getpid());
    const std::uint64_t begun = clock();
    ExitReport report{-1, Reason::killed, 99};
    CHECK(wait(static_cast<std::uint32_t>(pid), &report) == pid);
    CHECK(is_exit(report, 7));
    CHECK(clock() - begun >= 3 * MILLISECOND);
    return 0;
}

int wait_after(std::span<const char* const>) {
    const std::int64_t pid = spawn_child(nullptr);
    CHECK(pid > 0);
    CHECK(nanosleep(5 * MILLISECOND) == 0);
    const std::uint64_t begun = clock();
    ExitReport report{-1, Reason::killed, 99};
    CHECK(wait(static_cast<std::uint32_t>(pid), &report) == pid);
    CHECK(is_exit(report, 7));
    CHECK(clock() - begun < MILLISECOND);
    return 0;
}

int wait_twice(std::span<const char* const>) {
    const auto pid = static_cast<std::uint32_t>(spawn_child(nullptr));
    CHECK(wait(pid) == pid);
    CHECK(wait(pid) == NOT_FOUND);
    CHECK(wait(0) == NOT_FOUND);
    return 0;
}

// `given` names a process that is none of its children.
int wait_for_strangers(std::span<const char* const> given) {
    CHECK(wait(0) == NOT_FOUND);
    const auto stranger = static_cast<std::uint32_t>(number_argument(given, 0, 0));
    CHECK(stranger != 0);
    CHECK(wait(stranger) == NOT_FOUND);
    CHECK(wait(getpid()) == NOT_FOUND);
    CHECK(wait(UINT32_MAX) == NOT_FOUND);
    const std::int64_t pid = spawn_child(nullptr);
    CHECK(pid > 0);
    CHECK(system_call(SystemCall::wait, static_cast<std::uint64_t>(pid) | 1ull << 32, 0) == NOT_FOUND);
    CHECK(system_call(SystemCall::wait, 1ull << 32, 0) == NOT_FOUND);
    CHECK(wait(static_cast<std::uint32_t>(pid)) == pid);
    return 0;
}

int wait_for_any(std::span<const char* const>) {
    const std::int64_t slow = spawn_child("9000000", "3");
    const std::int64_t fast = spawn_child("1000000", "1");
    const std::int64_t middle = spawn_child("5000000", "2");
    CHECK(slow > 0 && fast > 0 && middle > 0);
    ExitReport report{};
    CHECK(wait(0, &report) == fast);
    CHECK(is_exit(report, 1));
    CHECK(wait(0, &report) == middle);
    CHECK(is_exit(report, 2));
    CHECK(wait(0, &report) == slow);
    CHECK(is_exit(report, 3));
    CHECK(wait(0, &report) == NOT_FOUND);
    return 0;
}

// The end of another child is not the one that is waited for.
int wait_for_one_of_two(std::span<const char* const>) {
    const std::int64_t slow = spawn_child("9000000", "3");
    const std::int64_t fast = spawn_child("1000000", "1");
    ExitReport report{};
    CHECK(wait(static_cast<std::uint32_t>(slow), &report) == slow);
    CHECK(is_exit(report, 3));
    CHECK(wait(static_cast<std::uint32_t>(fast), &report) == fast);
    CHECK(is_exit(report, 1));
    return 0;
}

int wait_to(std::span<const char* const>) {
    const std::int64_t pid = spawn_child(nullptr);
    CHECK(pid > 0);
    char* const end = end_of_a_page();
    char* const constant_end = end_of_a_page(MapAccess::read);
    CHECK(end != nullptr && constant_end != nullptr);
    const auto refuses = [pid](const void* report) {
        return system_call(SystemCall::wait, static_cast<std::uint64_t>(pid), to_word(report)) ==
               failed(ErrorNumber::bad_address);
    };
    for (const std::uint64_t address : FORBIDDEN)
        if (address != 0) // null: nobody wants the report
            CHECK(refuses(reinterpret_cast<const void*>(address)));
    CHECK(refuses(end));
    CHECK(refuses(end - sizeof(ExitReport) + 1));
    CHECK(refuses(constant_end - sizeof(ExitReport)));
    // Nobody took the child.
    ExitReport* const report = reinterpret_cast<ExitReport*>(end) - 1;
    CHECK(wait(static_cast<std::uint32_t>(pid), report) == pid);
    CHECK(is_exit(*report, 7));
    CHECK(refuses(report) == false); // there is no child any more, wherever its report would go
    CHECK(system_call(SystemCall::wait, static_cast<std::uint64_t>(pid), 8) == NOT_FOUND);
    // Its eight bytes and no more.
    const std::int64_t another = spawn_child(nullptr);
    CHECK(another > 0);
    char around[32];
    for (char& byte : around)
        byte = 'u';
    CHECK(system_call(SystemCall::wait, 0, to_word(around + 8)) == another);
    for (unsigned i = 0; i < sizeof around; ++i)
        CHECK((i >= 8 && i < 8 + sizeof(ExitReport)) || around[i] == 'u');
    return 0;
}

int child_that_faults(std::span<const char* const>) {
    const char* const divides[] = {"d", nullptr};
    std::int64_t pid = spawn("test_faults", divides);
    ExitReport report{};
    CHECK(wait(static_cast<std::uint32_t>(pid), &report) == pid);
    CHECK(report.reason == Reason::faulted && report.vector == 0 && report.code == 0);
    const char* const reads_null[] = {"p", nullptr};
    pid = spawn("test_faults", reads_null);
    CHECK(wait(static_cast<std::uint32_t>(pid), &report) == pid);
    CHECK(report.reason == Reason::faulted && report.vector == 14 && report.code == 0);
    return 0;
}

// Ends while its children run and after one has ended.
int leaves_orphans(std::span<const char* const>) {
    CHECK(spawn_child("4000000") > 0);
    CHECK(spawn_child("8000000") > 0);
    CHECK(spawn_child(nullptr) > 0);
    CHECK(nanosleep(2 * MILLISECOND) == 0);
    return 0;
}

// Spawns and waits, so many times.
int generations(std::span<const char* const> given) {
    for (std::uint64_t left = number_argument(given, 0, 10); left > 0; --left) {
        const std::int64_t pid = spawn_child(nullptr);
        CHECK(pid > 0);
        ExitReport report{};
        CHECK(wait(static_cast<std::uint32_t>(pid), &report) == pid);
        CHECK(is_exit(report, 7));
    }
    return 0;
}

// Spawns until there is no memory, then waits for all that were begun.
int until_there_is_no_memory(std::span<const char* const>) {
    std::int64_t spawned = 0;
    std::int64_t result;
    while ((result = spawn_child("50000000")) > 0)
        ++spawned;
    CHECK(result == failed(ErrorNumber::out_of_memory));
    CHECK(spawned > 3);
    for (; spawned > 0; --spawned)
        CHECK(wait(0) > 0);
    CHECK(wait(0) == NOT_FOUND);
    const std::int64_t again = spawn_child(nullptr);
    CHECK(again > 0);
    CHECK(wait(0) == again);
    return 0;
}

// A child writes into one end, another reads from the other, and this one has none any more.
int pipeline(std::span<const char* const>) {
    PipeEnds ends;
    CHECK(pipe(&ends) == 0);
    const char* const writes[] = {"writes", "3000", nullptr};
    const char* const reads[] = {"reads", "3000", nullptr};
    const std::int64_t writer = spawn("test_pipes", writes, INPUT, ends.writer);
    const std::int64_t reader = spawn("test_pipes", reads, ends.reader, OUTPUT);
    CHECK(writer > 0 && reader > 0);
    CHECK(close(ends.reader) == 0);
    CHECK(close(ends.writer) == 0);
    ExitReport report{};
    CHECK(wait(static_cast<std::uint32_t>(writer), &report) == writer);
    CHECK(is_exit(report, 0));
    CHECK(wait(static_cast<std::uint32_t>(reader), &report) == reader);
    CHECK(is_exit(report, 0));
    return 0;
}

constexpr Act ACTS[] = {
    {"child", child},
    {"wait_before", wait_before},
    {"wait_after", wait_after},
    {"wait_twice", wait_twice},
    {"wait_for_strangers", wait_for_strangers},
    {"wait_for_any", wait_for_any},
    {"wait_for_one_of_two", wait_for_one_of_two},
    {"wait_to", wait_to},
    {"child_that_faults", child_that_faults},
    {"leaves_orphans", leaves_orphans},
    {"generations", generations},
    {"until_there_is_no_memory", until_there_is_no_memory},
    {"pipeline", pipeline},
};

} // namespace

int main(int argument_count, char** arguments) {
    return run_act(ACTS, argument_count, arguments);
}
