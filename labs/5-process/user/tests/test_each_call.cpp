// Makes one system call again and again, whose number is the argument, so that its process may die in it. What else the
// call needs is done as well. Whatever fails meanwhile is ignored. The kernel's test is
// kernel/process/tests/each_call.cpp.

#include "labs/5-process/user/tests/check.hpp"

using namespace user;

namespace {

constexpr std::uint64_t SHORT_NANOSECONDS = 100'000;
char bytes[300];

std::uint32_t child(const char* number) {
    const char* const arguments[] = {number, nullptr};
    return static_cast<std::uint32_t>(spawn("test_each_call", arguments));
}

void fork_once() {
    const std::int64_t forked = fork();
    if (forked == 0)
        exit(0);
    wait(static_cast<std::uint32_t>(forked));
}

void map_and_unmap() {
    const std::int64_t pages = map(3 * PAGE);
    if (pages < 0)
        return;
    auto* const first = reinterpret_cast<volatile char*>(pages);
    first[0] = 1;
    first[2 * PAGE] = 1;
    unmap(reinterpret_cast<void*>(pages), 2 * PAGE);
}

void pipe_and_close() {
    PipeEnds ends;
    if (pipe(&ends) < 0)
        return;
    close(ends.writer);
    read(ends.reader, bytes, 1);
    close(ends.reader);
}

void make(SystemCall call, const PipeEnds& ends) {
    static const char* const EXITS[] = {"0", nullptr};
    static const char* const AGAIN[] = {"14", nullptr};
    static_assert(SystemCall{0} == SystemCall::exit && SystemCall{3} == SystemCall::yield &&
                  SystemCall{14} == SystemCall::exec);
    static ProcessReport reports[8];
    switch (call) {
    case SystemCall::exit:
        exit(7);
    case SystemCall::write:
        write(ends.writer, bytes, sizeof bytes); // the second one waits for ever
        break;
    case SystemCall::read:
        read(ends.reader, bytes, sizeof bytes); // and this
        break;
    case SystemCall::nanosleep:
        nanosleep(SHORT_NANOSECONDS);
        break;
    case SystemCall::spawn:
        wait(static_cast<std::uint32_t>(spawn("test_each_call", EXITS)));
        break;
    case SystemCall::wait:
        wait(child("3"));
        break;
    case SystemCall::pipe:
    case SystemCall::close:
        pipe_and_close();
        break;
    case SystemCall::map:
    case SystemCall::unmap:
        map_and_unmap();
        break;
    case SystemCall::fork:
        fork_once();
        break;
    case SystemCall::exec:
        exec("test_each_call", AGAIN);
        break;
    case SystemCall::kill:
        if (const std::uint32_t victim = child("2"); kill(victim) == 0)
            wait(victim);
        break;
    case SystemCall::processes:
        processes(reports);
        break;
    case SystemCall::console_mode:
        console_mode(ConsoleMode::line);
        break;
    case SystemCall::shutdown:
        system_call(call, 0);
        break;
    default:
        system_call(call, 0, 0);
    }
}

} // namespace

int main(int argument_count, char** arguments) {
    const auto call = static_cast<SystemCall>(argument_count > 1 ? read_number(arguments[1], 0) : 0);
    PipeEnds ends;
    if (call == SystemCall::write || call == SystemCall::read)
        pipe(&ends);
    for (;;) {
        make(call, ends);
        yield();
    }
}
