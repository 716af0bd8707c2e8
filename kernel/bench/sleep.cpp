// What a sleep costs, and how that grows with the number of those who sleep already.

#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "kernel/bench/support.hpp"
#include "kernel/event/timer.hpp"
#include "kernel/lib/random.hpp"

namespace {

using bench::TENTHS;
using event::Task;

constexpr std::uint64_t MICROSECOND = 1'000;
constexpr std::uint64_t HOUR = 3'600'000'000'000;

Task<> sleep_again_and_again(unsigned times) {
    while (times-- > 0)
        co_await event::sleep_for(100 * MICROSECOND);
}

// The instructions of the core while an event sleeps `times` times.
std::uint64_t work_of_sleeping(unsigned times) {
    const auto handle = bench::must(event::spawn(sleep_again_and_again(times)));
    const std::uint64_t begin = test::instructions();
    while (handle.get()->state != event::State::finished)
        if (!event::executor().run_once())
            event::idle();
    return test::instructions() - begin;
}

Task<> wait_for_ever() {
    for (;;)
        co_await event::blocked();
}

// One sleep from its co_await through the halt, the interrupt and the wake-up to its end, while `count` deadlines of
// others lie ahead.
std::uint64_t tenths_of_a_sleep(std::size_t count) {
    constexpr unsigned SAMPLES = 300;
    auto others = bench::must(event::spawn(wait_for_ever()));
    bench::settle();
    bench::Array<event::Timer> timers(count);
    kernel::Random random(1);
    const std::uint64_t far = arch::now() + HOUR;
    for (std::size_t i = 0; i < count; ++i) {
        timers[i].event = others.get();
        timers[i].deadline = far + random.below(HOUR);
        const arch::InterruptGuard guard;
        event::add_timer(timers[i]);
    }
    work_of_sleeping(10); // the first sleeps may put something in order
    const std::uint64_t work = work_of_sleeping(SAMPLES);
    for (std::size_t i = 0; i < count; ++i) {
        const arch::InterruptGuard guard;
        event::remove_timer(timers[i]);
    }
    others.cancel();
    return work * TENTHS / SAMPLES;
}

} // namespace

TEST(bench, sleep) {
    test::measure("with_1000", tenths_of_a_sleep(1'000));
    test::measure("with_100000", tenths_of_a_sleep(100'000));
    test::measure("with_1000000", tenths_of_a_sleep(1'000'000));
}
