// What an event costs: to yield, to be woken, to be spawned and joined, to wait.

#include "kernel/bench/support.hpp"
#include "kernel/mm/heap.hpp"

namespace {

using bench::TENTHS;
using event::Task;

// Yields until it is told to stop.
Task<> yield_until(const bool* stop) {
    while (!*stop)
        co_await event::yield_now();
}

// One turn among `count` events that all yield, from one poll to the next.
std::uint64_t tenths_of_a_yield(std::size_t count) {
    constexpr std::uint64_t TURNS = 100'000;
    bool stop = false;
    for (std::size_t i = 0; i < count; ++i)
        bench::must(event::spawn(yield_until(&stop))).detach();
    for (std::size_t i = 0; i < count; ++i)
        event::executor().run_once();
    const std::uint64_t begin = test::instructions();
    for (std::uint64_t i = 0; i < TURNS; ++i)
        event::executor().run_once();
    const std::uint64_t end = test::instructions();
    stop = true;
    event::executor().run();
    return (end - begin) * TENTHS / TURNS;
}

// Waits to be woken again and again, and notes when it goes on.
struct Woken {
    std::uint64_t at = 0;
    bool stop = false;
};
Task<> note_wakes(Woken* woken) {
    while (!woken->stop) {
        co_await event::blocked();
        woken->at = test::instructions();
    }
}

// From the call of wake to the woken event's first instruction, while `count` events are blocked.
std::uint64_t tenths_of_a_wake(std::size_t count) {
    constexpr std::size_t SAMPLES = 1'000;
    bench::Array<Woken> woken(count);
    bench::Array<event::JoinHandle<>> handles(count);
    for (std::size_t i = 0; i < count; ++i)
        handles[i] = bench::must(event::spawn(note_wakes(&woken[i])));
    bench::settle();
    std::uint64_t sum = 0;
    const std::uint64_t before = test::instructions();
    const std::uint64_t nothing = test::instructions() - before; // what it costs to measure
    for (std::size_t i = 0; i < SAMPLES; ++i) {
        const std::size_t which = i * 7919 % count;
        const std::uint64_t begin = test::instructions();
        event::wake(*handles[which].get());
        event::executor().run_once();
        sum += woken[which].at - begin - nothing;
    }
    for (std::size_t i = 0; i < count; ++i) {
        woken[i].stop = true;
        event::wake(*handles[i].get());
    }
    event::executor().run();
    return sum * TENTHS / SAMPLES;
}

Task<int> give_one() {
    co_return 1;
}

Task<> spawn_and_join(std::size_t times, std::uint64_t* instructions) {
    const std::uint64_t begin = test::instructions();
    for (std::size_t i = 0; i < times; ++i) {
        const event::JoinHandle<int> handle = bench::must(event::spawn(give_one()));
        if (co_await handle != 1)
            kernel::panic("a join gave something else");
    }
    *instructions = test::instructions() - begin;
}

Task<> wait_once() {
    co_await event::blocked();
}

} // namespace

TEST(bench, yield) {
    test::measure("with_1", tenths_of_a_yield(1));
    test::measure("with_10", tenths_of_a_yield(10));
    test::measure("with_1000", tenths_of_a_yield(1'000));
    test::measure("with_100000", tenths_of_a_yield(100'000));
}

TEST(bench, wake) {
    test::measure("with_1", tenths_of_a_wake(1));
    test::measure("with_10", tenths_of_a_wake(10));
    test::measure("with_1000", tenths_of_a_wake(1'000));
    test::measure("with_100000", tenths_of_a_wake(100'000));
}

TEST(bench, spawn) {
    constexpr std::size_t TIMES = 1'000;
    std::uint64_t instructions = 0;
    bench::must(event::spawn(spawn_and_join(10, &instructions))).detach(); // the heap comes to rest
    event::executor().run();
    bench::must(event::spawn(spawn_and_join(TIMES, &instructions))).detach();
    event::executor().run();
    test::measure("instructions", instructions * TENTHS / TIMES);
}

// All that the heap holds for an event that waits, headers of blocks included.
TEST(bench, blocked_event) {
    constexpr std::size_t COUNT = 1'000;
    bench::Array<event::JoinHandle<>> handles(COUNT);
    const std::size_t before = heap::stats().free_bytes;
    for (std::size_t i = 0; i < COUNT; ++i)
        handles[i] = bench::must(event::spawn(wait_once()));
    bench::settle();
    const std::size_t after = heap::stats().free_bytes;
    test::measure("bytes", (before - after) * TENTHS / COUNT);
    for (std::size_t i = 0; i < COUNT; ++i)
        event::wake(*handles[i].get());
    event::executor().run();
}
