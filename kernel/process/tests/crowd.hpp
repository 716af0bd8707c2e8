#pragma once

#include "arch/clock.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/sleep.hpp"
#include "kernel/event/spawner.hpp"
#include "kernel/event/waker.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/mm/heap.hpp"
#include "kernel/mm/tests/scarcity.hpp"
#include "kernel/process/run.hpp"
#include "kernel/process/tests/support.hpp"

#include <initializer_list>

// What the tests of many processes share. The programs are labs/5-process/user/tests/.
namespace {

using process::Descriptor;
using process::ExitStatus;
using process::Process;
using process::ProcessReference;
using test::Scarcity;

inline constexpr std::uint64_t MILLISECOND = 1'000'000;

// All that there was at first is there again in the end.
class CrowdCheck {
public:
    CrowdCheck() = default;
    ~CrowdCheck() {
        event::reap();
        EXPECT_EQ(event::executor().unfinished, 0u);
        EXPECT_EQ(event::live_events(), 0u);
        const process::Stats stats = process::stats();
        EXPECT_EQ(stats.running + stats.ended, 0u);
        EXPECT_EQ(process::Pipe::live_pipes(), pipes_);
        EXPECT_EQ(heap::live_blocks(), blocks_);
    }
    CrowdCheck(const CrowdCheck&) = delete;
    CrowdCheck& operator=(const CrowdCheck&) = delete;

private:
    FrameCheck frames_;
    std::size_t pipes_ = process::Pipe::live_pipes();
    std::size_t blocks_ = heap::live_blocks();
};

// No reference when it cannot be started.
[[maybe_unused]] ProcessReference start(std::string_view program, std::initializer_list<std::string_view> arguments) {
    const auto pid = process::start(program, std::span{arguments.begin(), arguments.size()}, nullptr);
    Process* process = pid ? process::find(*pid) : nullptr;
    return process != nullptr ? ProcessReference{*process} : ProcessReference{};
}

// As the call kill does.
[[maybe_unused]] void kill(Process& process) {
    if (process.event)
        event::cancel(*process.event.get());
}

[[maybe_unused]] void kill_all() {
    for (Process* process = process::next(nullptr); process != nullptr; process = process::next(nullptr)) {
        KASSERT(!process->has_ended()); // orphans are gone when they end, and the first one has no parent
        kill(*process);
    }
    event::reap();
}

// At most so many polls; false when nothing was ready any more.
[[maybe_unused]] bool poll(unsigned count) {
    while (count-- > 0)
        if (!event::executor().run_once()) {
            event::reap();
            return false;
        }
    event::reap();
    return true;
}

// Lets everybody run, and the machine halt between, for so long at most; false when nobody is left before.
[[maybe_unused]] bool run_for(std::uint64_t nanoseconds) {
    const std::uint64_t end = arch::now() + nanoseconds;
    const auto bell =
        event::spawn([](std::uint64_t deadline) static -> event::Task<> { co_await event::sleep_until(deadline); }(end),
                     event::Priority::high);
    if (!bell)
        kernel::panic("the test finds no memory for its events");
    while (event::executor().unfinished > 1 && arch::now() < end)
        if (!event::executor().run_once())
            event::idle();
    const bool anybody_left = event::executor().unfinished > 1;
    event::cancel(*bell->get());
    event::reap();
    return anybody_left;
}

} // namespace
