#include "kernel/process/more_calls.hpp"

#include "arch/clock.hpp"
#include "kernel/event/spawner.hpp"
#include "kernel/lib/log.hpp"
#include "kernel/process/console.hpp"
#include "kernel/process/program_arguments.hpp"
#include "kernel/process/run.hpp"

#include <algorithm>
#include <array>

namespace process {

namespace {

using abi::ProcessReport;
using abi::SystemCall;
using kernel::Error;

Result fork(Process& process) {
    const auto forked = process.fork();
    if (!forked)
        return std::unexpected{forked.error()};
    // Held until the end of this function, as in start (run.hpp).
    const ProcessReference child{**forked};
    const auto handle = event::spawn(run_process(EndsAsKilled{*child}), event::Priority::normal, child->pid);
    if (!handle) {
        child->discard();
        return std::unexpected{handle.error()};
    }
    child->event = event::EventReference{*handle->get()};
    child->context.rax = 0;
    return child->pid;
}

// The turn goes on in the new program: its space has to be loaded in place of the one that is gone. Not inlined: no
// other call needs the 5 KiB of stack that its arguments take, and an interrupt would be handled below them.
[[gnu::noinline]] Result exec(Process& process, UserAddress name, UserAddress strings) {
    ProgramArguments arguments;
    if (const auto copied = arguments.copy(process.space, name, strings); !copied)
        return std::unexpected{copied.error()};
    if (const auto loaded = process.load(arguments.name(), arguments.strings()); !loaded)
        return std::unexpected{loaded.error()};
    process.space.load();
    return 0;
}

Result kill_by_pid(std::uint64_t pid) {
    Process* target = pid > UINT32_MAX ? nullptr : find(static_cast<std::uint32_t>(pid));
    if (target == nullptr || target->has_ended())
        return std::unexpected{Error::not_found};
    kill(*target);
    return 0;
}

void put_text(std::span<char> to, std::string_view text) {
    const std::size_t bytes = std::min(text.size(), to.size() - 1);
    std::ranges::copy(text.substr(0, bytes), to.begin());
}

ProcessReport report_of(const Process& process) {
    ProcessReport report{};
    report.pid = process.pid;
    report.parent = process.parent != nullptr ? process.parent->pid : 0;
    report.system_calls = process.system_calls;
    report.user_nanoseconds = process.user_nanoseconds;
    report.bytes = process.space.frames_held() * arch::PAGE_BYTES;
    put_text(report.name, process.name_text());
    if (process.has_ended() || !process.event) {
        report.state = ProcessReport::State::ended;
        return report;
    }
    report.polls = process.event->polls;
    if (process.event->wait != nullptr) {
        report.state = ProcessReport::State::waiting;
        put_text(report.waits_for, process.event->wait->what());
    }
    return report;
}

Result report_all(Process& process, UserAddress to, std::uint64_t room) {
    std::uint64_t count = 0;
    for (Process* each = next(nullptr); each != nullptr; each = next(each), ++count) {
        if (count >= room)
            continue;
        const UserAddress at{number(to) + count * sizeof(ProcessReport)};
        if (const auto copied = copy_object_to_user(process.space, at, report_of(*each)); !copied)
            return std::unexpected{copied.error()};
    }
    return count;
}

Result foreground(Process& process, UserAddress from, std::uint64_t count) {
    std::array<std::uint32_t, abi::FOREGROUND_COUNT> pids;
    if (count > pids.size())
        return std::unexpected{Error::too_many};
    const auto chosen = std::span{pids}.first(count);
    if (const auto copied = copy_from_user(process.space, std::as_writable_bytes(chosen), from); !copied)
        return std::unexpected{copied.error()};
    set_foreground(chosen);
    return 0;
}

Result change_console_mode(abi::ConsoleMode mode) {
    if (mode != abi::ConsoleMode::raw && mode != abi::ConsoleMode::line)
        return std::unexpected{Error::bad_argument};
    set_console_mode(mode);
    return 0;
}

Result shut_down(std::uint64_t key) {
    if (key != abi::SHUTDOWN_KEY)
        return std::unexpected{Error::bad_argument};
    kernel::log("pollux: off");
    kernel::leave(kernel::Ending::success);
}

} // namespace

// The slice of the one that runs is over at once, so that it does not run on before its event is cancelled.
void kill(Process& process) {
    if (process.has_ended() || !process.event)
        return;
    const event::EventReference target = process.event;
    event::cancel(*target.get());
    if (target.get() == event::current())
        arch::begin_slice(0);
}

Result more_calls(Process& process) {
    const Arguments given = call_arguments(process);
    switch (call_number(process)) {
    case SystemCall::fork:
        return fork(process);
    case SystemCall::exec:
        return exec(process, UserAddress{given.first}, UserAddress{given.second});
    case SystemCall::kill:
        return kill_by_pid(given.first);
    case SystemCall::processes:
        return report_all(process, UserAddress{given.first}, given.second);
    case SystemCall::console_mode:
        return change_console_mode(static_cast<abi::ConsoleMode>(given.first));
    case SystemCall::foreground:
        return foreground(process, UserAddress{given.first}, given.second);
    case SystemCall::shutdown:
        return shut_down(given.first);
    default:
        return std::unexpected{Error::bad_call};
    }
}

} // namespace process
