// Events that sleep. Nobody is polled who has nothing to do, so the core halts nearly all the time, and each deadline
// is met.

#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "arch/x86_64/watchdog.hpp"
#include "kernel/demo/screen.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/sleep.hpp"
#include "kernel/event/task.hpp"
#include "kernel/test/test.hpp"

#include <array>

namespace demo {

namespace {

constexpr std::size_t SLEEPERS = 10;
constexpr std::uint64_t MILLISECOND = 1'000'000;
// How often each wakes, in milliseconds: they meet at times, and drift apart.
constexpr std::array<std::uint64_t, SLEEPERS> PERIODS = {50, 70, 110, 170, 260, 410, 650, 1000, 1600, 2500};

struct Sleeper {
    std::uint64_t deadline = 0;
    std::uint64_t wakes = 0;
    std::uint64_t latest = 0; // by how much it woke too late, at worst
};

struct Dormitory {
    std::array<Sleeper, SLEEPERS> sleepers{};
    std::uint64_t begin = 0;
};

event::Task<> sleep_and_wake(Dormitory* dormitory, std::size_t self) {
    Sleeper& own = dormitory->sleepers[self];
    own.deadline = dormitory->begin;
    for (;;) {
        own.deadline += PERIODS[self] * MILLISECOND;
        if (own.deadline > dormitory->begin + LASTS)
            co_return;
        co_await event::sleep_until(own.deadline);
        const std::uint64_t late = arch::now() - own.deadline;
        own.latest = late > own.latest ? late : own.latest;
        ++own.wakes;
    }
}

void draw(const Dormitory& dormitory, std::uint64_t ticks, std::uint64_t halted) {
    const std::uint64_t now = arch::now();
    begin_picture("Stage 3: everybody sleeps. Ctrl-A X leaves.");
    line("every ms   woke  late at worst   until it wakes");
    for (std::size_t self = 0; self < SLEEPERS; ++self) {
        const Sleeper& sleeper = dormitory.sleepers[self];
        const std::uint64_t left = sleeper.deadline > now ? sleeper.deadline - now : 0;
        char room[64];
        line("{:>8} {:>6} {:>11} us   {}", PERIODS[self], sleeper.wakes, sleeper.latest / 1000,
             bar(room, 'z', left * 40 / (PERIODS[self] * MILLISECOND)));
    }
    line("");
    const std::uint64_t share = ticks == 0 ? 0 : halted * 1000 / ticks;
    char room[64];
    line("the core halts {:>3}.{} %  {}", share / 10, share % 10, bar(room, '=', share / 20));
    line("polls {}, interrupts {}", event::executor().polls, arch::interrupt_count());
    line("");
    line("There is no tick: the timer rings for the next deadline, and for nothing else.");
}

event::Task<> draw_now_and_then(const Dormitory* dormitory) {
    const std::uint64_t begin = arch::time_stamp(), halted = arch::halted_ticks();
    while (arch::now() < dormitory->begin + LASTS) {
        co_await event::sleep_for(FRAME);
        draw(*dormitory, arch::time_stamp() - begin, arch::halted_ticks() - halted);
    }
}

void start(event::Task<> task, event::Priority priority) {
    const auto made = event::Event::create(task.release(), priority);
    REQUIRE(made.has_value());
    event::executor().start(**made);
}

} // namespace

TEST(demo, waker) {
    arch::watchdog_stop(); // it lasts longer than a test
    static Dormitory dormitory;
    dormitory.begin = arch::now();
    for (std::size_t self = 0; self < SLEEPERS; ++self)
        start(sleep_and_wake(&dormitory, self), event::Priority::normal);
    start(draw_now_and_then(&dormitory), event::Priority::background);
    event::executor().run();
    for (std::size_t self = 0; self < SLEEPERS; ++self)
        EXPECT_EQ(dormitory.sleepers[self].wakes, LASTS / (PERIODS[self] * MILLISECOND));
    end();
}

} // namespace demo
