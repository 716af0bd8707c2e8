#pragma once

#include "kernel/event/executor.hpp"
#include "kernel/event/sleep.hpp"
#include "kernel/event/spawner.hpp"
#include "kernel/event/waker.hpp"
#include "kernel/process/run.hpp"
#include "kernel/process/tests/support.hpp"

#include <initializer_list>
#include <string_view>

// Running whole programs (labs/5-process/user/tests), for tests of what is given beyond the lab.

namespace {

using process::ExitStatus;
using process::Process;
using process::ProcessReference;

constexpr std::uint64_t MILLISECOND = 1'000'000;

// Every frame, event, process and pipe must be gone in the end.
class Ground {
public:
    Ground() = default;
    ~Ground() {
        event::reap();
        EXPECT_EQ(event::executor().unfinished, 0u);
        const process::Stats stats = process::stats();
        EXPECT_EQ(stats.running + stats.ended, 0u);
        EXPECT_EQ(process::Pipe::live_pipes(), 0u);
    }
    Ground(const Ground&) = delete;
    Ground& operator=(const Ground&) = delete;

private:
    FrameCheck frames_;
};

// Lets events run for so long, or until not more than `rest` are left. Whether that came about.
[[maybe_unused]] bool run_events(std::uint64_t nanoseconds, std::size_t rest = 0) {
    const std::uint64_t end = arch::now() + nanoseconds;
    const auto bell =
        event::spawn([](std::uint64_t deadline) static -> event::Task<> { co_await event::sleep_until(deadline); }(end),
                     event::Priority::high);
    if (!bell)
        return false;
    while (event::executor().unfinished > rest + 1 && arch::now() < end)
        if (!event::executor().run_once())
            event::idle();
    event::cancel(*bell->get());
    event::reap();
    return event::executor().unfinished <= rest;
}

using Words = std::initializer_list<std::string_view>;

// None when it does not start.
[[maybe_unused]] ProcessReference start_program(std::string_view program, Words words) {
    const auto pid = process::start(program, std::span{words.begin(), words.size()}, nullptr);
    EXPECT(pid.has_value());
    return pid ? ProcessReference{*process::find(*pid)} : ProcessReference{};
}

// The exit code, or what else became of it: negative.
[[maybe_unused]] int ending_of(const ProcessReference& process) {
    if (!process || !process->has_ended())
        return -1000;
    return process->status->reason == ExitStatus::Reason::exited ? process->status->code
                                                                 : -static_cast<int>(process->status->reason);
}
constexpr int KILLED = -static_cast<int>(ExitStatus::Reason::killed);

} // namespace
