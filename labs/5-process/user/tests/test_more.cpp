// The calls beyond the lab, with right and wrong arguments.

#include "labs/5-process/user/tests/check.hpp"

using namespace user;

namespace {

constexpr std::int64_t BAD_ADDRESS = failed(ErrorNumber::bad_address);
constexpr std::int64_t NOT_FOUND = failed(ErrorNumber::not_found);

// What a child of this process exits with; below zero: how else it ended.
std::int64_t ending(std::int64_t pid) {
    ExitReport report;
    if (pid <= 0 || wait(static_cast<std::uint32_t>(pid), &report) != pid)
        return -100;
    return report.reason == ExitReport::Reason::exited ? report.code : -static_cast<std::int64_t>(report.reason);
}
constexpr std::int64_t KILLED = -static_cast<std::int64_t>(ExitReport::Reason::killed);

int forks(std::span<const char* const>) {
    const std::uint32_t self = getpid();
    const std::int64_t child = fork();
    CHECK(child >= 0);
    if (child == 0)
        exit(getpid() != self ? 42 : 1);
    CHECK(child != self);
    CHECK(ending(child) == 42);
    CHECK(wait(0) == NOT_FOUND);
    return 0;
}

// Neither sees what the other writes, on the stack, in data and in fresh pages; both see what was there before.
int forks_memory(std::span<const char* const>) {
    static volatile int datum = 1;
    volatile int local = 2;
    const std::int64_t page = map(PAGE);
    CHECK(page > 0);
    auto& fresh = *reinterpret_cast<volatile int*>(page);
    fresh = 3;
    const std::int64_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        CHECK(datum == 1 && local == 2 && fresh == 3);
        datum = 11;
        local = 12;
        fresh = 13;
        yield();
        exit(datum + local + fresh);
    }
    datum = 21;
    local = 22;
    fresh = 23;
    CHECK(ending(child) == 36);
    CHECK(datum == 21 && local == 22 && fresh == 23);
    return 0;
}

// The vector registers are copied too, and then each has its own.
int forks_vectors(std::span<const char* const>) {
    volatile double half = 0.5;
    const double kept = half * 3;
    const std::int64_t child = fork();
    CHECK(child >= 0);
    double sum = kept;
    for (int i = 0; i < 10; ++i) {
        sum += child == 0 ? 1.0 : 2.0;
        yield();
    }
    if (child == 0)
        exit(sum == 11.5 ? 7 : 1);
    CHECK(sum == 21.5);
    CHECK(ending(child) == 7);
    return 0;
}

// Children of children until nothing is left; each takes its own. At the end the first says that all is well.
// Memory stops it, some 3,900 generations deep. But when no frame is left for the page that a parent writes to, the
// parent is killed, and its child bombs on in the room that it left: so there is a last generation.
int fork_bomb(std::span<const char* const>) {
    for (unsigned generation = 0; generation < 5'000; ++generation) {
        const std::int64_t child = fork();
        if (child == 0)
            continue;
        if (child > 0)
            ending(child);
        break;
    }
    return 0;
}

int execs(std::span<const char* const>) {
    const std::uint32_t self = getpid();
    constexpr const char* ARGUMENTS[] = {"exits", "77", nullptr};
    const std::int64_t child = fork();
    if (child == 0) {
        exec("test_calls", ARGUMENTS);
        exit(1);
    }
    CHECK(ending(child) == 77);
    CHECK(getpid() == self);
    return 0;
}

// The program that cannot be run leaves the one that wanted it as it was.
int exec_fails(std::span<const char* const>) {
    constexpr const char* NONE[] = {nullptr};
    CHECK(exec("no such program", NONE) == NOT_FOUND);
    CHECK(exec("a name that is longer than any program's", NONE) == failed(ErrorNumber::too_long));
    for (const std::uint64_t address : FORBIDDEN) {
        CHECK(system_call(SystemCall::exec, address, 0) == BAD_ADDRESS);
        if (address != 0)
            CHECK(system_call(SystemCall::exec, to_word("cat"), address) == BAD_ADDRESS);
    }
    const char* many[64];
    for (const char*& each : many)
        each = "x";
    many[63] = nullptr;
    CHECK(exec("cat", many) == failed(ErrorNumber::too_long));
    return 0;
}

// Descriptors stay: what the other program prints comes through the pipe.
int exec_keeps_descriptors(std::span<const char* const>) {
    PipeEnds ends;
    CHECK(pipe(&ends) == 0);
    constexpr const char* ARGUMENTS[] = {"exec_prints", nullptr};
    const std::int64_t child = spawn("test_more", ARGUMENTS, ends.reader, ends.writer);
    CHECK(child > 0);
    CHECK(close(ends.writer) == 0);
    CHECK(ending(child) == 0);
    char said[16];
    CHECK(read(ends.reader, said, sizeof said) == 3);
    CHECK((std::string_view{said, 3} == "hi\n"));
    return 0;
}
int exec_prints(std::span<const char* const>) {
    constexpr const char* ARGUMENTS[] = {"hi", nullptr};
    exec("echo", ARGUMENTS);
    return 1;
}

// Killed meanwhile, it leaves a child that ends by itself.
void wait_for_a_sleeper() {
    if (fork() == 0) {
        nanosleep(30'000'000);
        exit(0);
    }
    wait(0);
}

int kills(std::span<const char* const>) {
    CHECK(kill(0) == NOT_FOUND);
    CHECK(kill(0xffff'fff0) == NOT_FOUND);
    CHECK(system_call(SystemCall::kill, 1ull << 32 | getpid()) == NOT_FOUND);
    PipeEnds ends;
    CHECK(pipe(&ends) == 0);
    for (int how = 0; how < 5; ++how) {
        const std::int64_t child = fork();
        if (child == 0) {
            char byte;
            if (how == 0)
                read(ends.reader, &byte, 1);
            else if (how == 1)
                nanosleep(UINT64_MAX);
            else if (how == 2)
                wait_for_a_sleeper();
            for (volatile bool going = true; going;) {
            }
        }
        if (how != 3) // before its first turn, else
            nanosleep(12'000'000);
        CHECK(kill(static_cast<std::uint32_t>(child)) == 0);
        CHECK(ending(child) == KILLED);
        CHECK(kill(static_cast<std::uint32_t>(child)) == NOT_FOUND);
    }
    return 0;
}

// Not one instruction runs behind it.
int kills_itself(std::span<const char* const>) {
    kill(getpid());
    return 1;
}

int lists(std::span<const char* const>) {
    const std::int64_t child = fork();
    if (child == 0) {
        nanosleep(UINT64_MAX);
        exit(1);
    }
    nanosleep(1'000'000);
    ProcessReport reports[8];
    CHECK(processes(reports) == 2);
    CHECK(reports[0].pid == getpid() && reports[1].pid == child);
    CHECK(reports[1].parent == getpid());
    CHECK(reports[0].state == ProcessReport::State::ready);
    CHECK(reports[1].state == ProcessReport::State::waiting);
    CHECK((std::string_view{reports[1].waits_for} == "sleep"));
    CHECK((std::string_view{reports[1].name} == "test_more"));
    CHECK(reports[1].polls >= 1 && reports[0].system_calls >= 3);
    CHECK(reports[0].bytes >= 5 * PAGE && reports[0].bytes % PAGE == 0);
    reports[1].pid = 0;
    CHECK(processes({reports, 1}) == 2);
    CHECK(reports[1].pid == 0);
    CHECK(processes({}) == 2);
    for (const std::uint64_t address : FORBIDDEN)
        CHECK(system_call(SystemCall::processes, address, 2) == BAD_ADDRESS);
    CHECK(system_call(SystemCall::processes, to_word(end_of_a_page() - sizeof(ProcessReport)), 2) == BAD_ADDRESS);
    CHECK(kill(static_cast<std::uint32_t>(child)) == 0);
    CHECK(processes(reports) == 2);
    CHECK(reports[1].state == ProcessReport::State::ended);
    CHECK(ending(child) == KILLED);
    return 0;
}

int refuses(std::span<const char* const>) {
    CHECK(system_call(SystemCall::console_mode, 2) == failed(ErrorNumber::bad_argument));
    CHECK(system_call(SystemCall::shutdown, 0) == failed(ErrorNumber::bad_argument));
    for (const std::uint64_t address : FORBIDDEN)
        CHECK(system_call(SystemCall::foreground, address, 1) == BAD_ADDRESS);
    CHECK(system_call(SystemCall::foreground, 0, 17) == failed(ErrorNumber::too_many));
    CHECK(system_call(SystemCall::foreground, 0, UINT64_MAX) == failed(ErrorNumber::too_many));
    CHECK(foreground({}) == 0);
    return 0;
}

// Copies a line of the console to the output, or exits with 3 at the end of input.
int reads_line(std::span<const char* const>) {
    char line[64];
    const std::int64_t bytes = read(INPUT, line, sizeof line);
    CHECK(bytes >= 0);
    if (bytes == 0)
        return 3;
    CHECK(print({line, static_cast<std::size_t>(bytes)}));
    return 0;
}
int spins(std::span<const char* const>) {
    for (volatile bool going = true; going;) {
    }
    return 1;
}

constexpr Act ACTS[] = {{"forks", forks},
                        {"forks_memory", forks_memory},
                        {"forks_vectors", forks_vectors},
                        {"fork_bomb", fork_bomb},
                        {"execs", execs},
                        {"exec_fails", exec_fails},
                        {"exec_keeps_descriptors", exec_keeps_descriptors},
                        {"exec_prints", exec_prints},
                        {"kills", kills},
                        {"kills_itself", kills_itself},
                        {"lists", lists},
                        {"refuses", refuses},
                        {"reads_line", reads_line},
                        {"spins", spins}};

} // namespace

int main(int argument_count, char** arguments) {
    return run_act(ACTS, argument_count, arguments);
}
