// What ring 3 does again and again for the benchmarks (kernel/bench/process.cpp): bench_calls WHAT TIMES.

#include "labs/5-process/user/runtime/pollux.hpp"

using namespace user;

namespace {

// A byte to a second process and back, through two pipes.
int ping_pong(const char* times, std::uint64_t count) {
    PipeEnds there, back;
    if (pipe(&there) < 0 || pipe(&back) < 0)
        return 1;
    const char* const arguments[] = {"echo", times, nullptr};
    if (spawn("bench_calls", arguments, there.reader, back.writer) < 0)
        return 2;
    char byte = 'x';
    for (std::uint64_t i = 0; i < count; ++i)
        if (write(there.writer, &byte, 1) != 1 || read(back.reader, &byte, 1) != 1)
            return 3;
    return 0;
}

int echo(std::uint64_t count) {
    char byte;
    for (std::uint64_t i = 0; i < count; ++i)
        if (read(INPUT, &byte, 1) != 1 || write(OUTPUT, &byte, 1) != 1)
            return 4;
    return 0;
}

int spawn_and_wait(std::uint64_t count) {
    const char* const arguments[] = {"getpid", "0", nullptr};
    for (std::uint64_t i = 0; i < count; ++i)
        if (const std::int64_t pid = spawn("bench_calls", arguments);
            pid < 0 || wait(static_cast<std::uint32_t>(pid)) != pid)
            return 5;
    return 0;
}

int ask_for_pid(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i)
        getpid();
    return 0;
}

int take_turns(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i)
        yield();
    return 0;
}

} // namespace

int main(int argument_count, char** arguments) {
    if (argument_count != 3)
        return 6;
    const std::string_view what = arguments[1];
    const std::uint64_t times = read_number(arguments[2], 0);
    if (what == "ping_pong")
        return ping_pong(arguments[2], times);
    if (what == "echo")
        return echo(times);
    if (what == "spawn")
        return spawn_and_wait(times);
    return what == "yield" ? take_turns(times) : ask_for_pid(times);
}
