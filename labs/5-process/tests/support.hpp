#pragma once

// What the tests of lab 5 share: programs to run, how they ended, the other end of their pipes, and what must be left
// when they are gone. The programs are labs/5-process/user/tests/.

#include "arch/clock.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/sleep.hpp"
#include "kernel/event/spawner.hpp"
#include "kernel/event/tests/names.hpp"
#include "kernel/event/waker.hpp"
#include "kernel/lib/format.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/new.hpp"
#include "kernel/process/run.hpp"
#include "kernel/process/system_calls.hpp"
#include "kernel/test/test.hpp"

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

using event::State;
using event::Task;
using kernel::Error;
using process::Descriptor;
using process::ExitStatus;
using process::Process;
using process::ProcessReference;

inline constexpr std::uint64_t MILLISECOND = 1'000'000;

// How a process ended: its exit code (a program of the tests gives the line of the check that failed), or one of the
// numbers below, which no program gives. A failed expectation says them in words.
struct Ending {
    std::int64_t number;

    constexpr Ending(std::int64_t code) : number{code} {}
    friend constexpr bool operator==(Ending, Ending) = default;
};
inline constexpr std::int64_t FAULTED = 1'000'000; // and the vector
inline constexpr Ending KILLED = 2'000'000;
inline constexpr Ending STILL_RUNS = 3'000'000;
constexpr Ending faulted(unsigned vector) {
    return FAULTED + vector;
}
inline test::Value value_of(Ending ending) {
    if (ending == KILLED)
        return test::value_of("killed");
    if (ending == STILL_RUNS)
        return test::value_of("it still runs");
    if (ending.number < FAULTED)
        return test::value_of(ending.number);
    static char texts[2][32]; // of what was expected, and of what came
    static unsigned turn;
    char* const text = texts[++turn % 2];
    const auto written = kernel::format({text, sizeof texts[0] - 1}, "a fault, vector {}", ending.number - FAULTED);
    text[written.size()] = '\0';
    return test::value_of(static_cast<const char*>(text));
}
// What a program gives that got this error for its only call (reads_once and writes_once).
constexpr Ending refused(process::abi::ErrorNumber error) {
    return 1000 + static_cast<std::int64_t>(error);
}

inline Ending ending_of(const Process& process) {
    if (!process.status)
        return STILL_RUNS;
    switch (process.status->reason) {
    case ExitStatus::Reason::exited:
        return process.status->code;
    case ExitStatus::Reason::faulted:
        return faulted(process.status->vector);
    case ExitStatus::Reason::killed:
        return KILLED;
    }
    return STILL_RUNS;
}
inline Ending ending_of(const ProcessReference& process) {
    return ending_of(*process);
}

using Words = std::initializer_list<std::string_view>;

// Starts, or panics: for tests of something else.
inline ProcessReference must_start(std::string_view program, Words arguments, Process* parent = nullptr) {
    const auto pid = process::start(program, std::span{arguments.begin(), arguments.size()}, parent);
    if (!pid)
        kernel::panic("the test cannot start {}: error {}", program, pid.error());
    Process* const process = process::find(*pid);
    if (process == nullptr)
        kernel::panic("process::start gave the pid {}, and no process has it", *pid);
    return ProcessReference{*process};
}
// With these to read from and to write to.
inline ProcessReference must_start(std::string_view program, Words arguments, Descriptor input, Descriptor output) {
    ProcessReference process = must_start(program, arguments);
    process->descriptors.set(process::abi::INPUT, std::move(input));
    process->descriptors.set(process::abi::OUTPUT, std::move(output));
    return process;
}
inline process::PipeEnds must_pipe() {
    auto ends = process::Pipe::create();
    if (!ends)
        kernel::panic("the test finds no memory for its pipe");
    return std::move(*ends);
}

// Polls until nothing is ready. False when that takes more polls than `limit`.
inline bool settle(unsigned limit = 20'000) {
    while (event::executor().run_once())
        if (limit-- == 0)
            return false;
    event::reap();
    return true;
}

// Lets events run, and the machine halt between, for so long; or until all have ended.
inline void run_for(std::uint64_t nanoseconds) {
    const std::uint64_t end = arch::now() + nanoseconds;
    const auto bell =
        event::spawn([](std::uint64_t deadline) static -> Task<> { co_await event::sleep_until(deadline); }(end),
                     event::Priority::high);
    if (!bell)
        kernel::panic("the test finds no memory for its events");
    while (event::executor().unfinished > 1 && arch::now() < end)
        if (!event::executor().run_once())
            event::idle();
    event::cancel(*bell->get());
    event::reap();
}
// The same, for what must come to its end. False when something waits or runs for ever.
inline bool run_to_the_end(std::uint64_t nanoseconds = 2000 * MILLISECOND) {
    run_for(nanoseconds);
    return event::executor().unfinished == 0;
}

// Runs a program by itself, to its end.
inline Ending run(std::string_view program, Words arguments) {
    const ProcessReference process = must_start(program, arguments);
    EXPECT(run_to_the_end());
    return ending_of(process);
}

// Ends a process from outside, as kill does.
inline void kill(const ProcessReference& process) {
    if (process->event)
        event::cancel(*process->event.get());
}

// To be declared first in a test: what it finds must be there again in the end, nothing more and nothing less.
class Ground {
public:
    Ground() = default;
    ~Ground() {
        event::reap();
        EXPECT_EQ(event::executor().unfinished, 0u);
        EXPECT_EQ(event::live_events(), 0u);
        const process::Stats stats = process::stats();
        EXPECT_EQ(stats.running, 0u);
        EXPECT_EQ(stats.ended, 0u);
        EXPECT_EQ(process::Pipe::live_pipes(), 0u);
        EXPECT_EQ(frame::stats().free, frames_);
        EXPECT(arch::interrupts_enabled());
    }
    Ground(const Ground&) = delete;
    Ground& operator=(const Ground&) = delete;

private:
    std::size_t frames_ = frame::stats().free;
};

// What a kernel event has read from a pipe, up to its end.
struct Collected {
    std::size_t bytes = 0;
    bool in_order = true; // byte i was what test_pipes writes there
    bool at_end = false;
};
inline char expected_byte(std::uint64_t index) {
    return static_cast<char>(index * 7 + index / 256);
}
inline Task<> collect(Descriptor from, Collected* to) {
    std::byte buffer[100];
    for (;;) {
        const std::size_t got = co_await from.pipe()->read(buffer);
        if (got == 0)
            break;
        for (std::size_t i = 0; i < got; ++i)
            to->in_order &= buffer[i] == static_cast<std::byte>(expected_byte(to->bytes++));
    }
    to->at_end = true;
}

// Writes `count` of those bytes, then closes.
inline Task<> provide(Descriptor to, std::size_t count) {
    for (std::size_t done = 0; done < count; ++done) {
        const std::byte byte{static_cast<std::byte>(expected_byte(done))};
        if (!co_await to.pipe()->write({&byte, 1}))
            break;
    }
}

// Runs `task` as an event of its own that nobody waits for.
inline void must_spawn(Task<> task) {
    if (!event::spawn(std::move(task)))
        kernel::panic("the test finds no memory for its events");
}
