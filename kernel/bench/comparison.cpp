// The comparison that the course's source text makes: events against preemptible threads, at the same work.

#include "kernel/bench/support.hpp"
#include "kernel/bench/thread.hpp"
#include "kernel/mm/heap.hpp"

namespace {

using bench::TENTHS;
using event::Task;

constexpr std::size_t ROUNDS = 10'000;
constexpr std::size_t WAITERS = 1'000;

// Two that wake each other in turn: each hands over and waits.
struct EventPair {
    event::Event* other[2] = {};
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};
Task<> play_event(EventPair* pair, std::size_t side) {
    for (std::size_t i = 0; i < ROUNDS; ++i) {
        co_await event::blocked();
        event::wake(*pair->other[side]);
    }
    pair->end = test::instructions();
}

struct ThreadPair {
    bench::Thread* thread[2] = {};
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};
constinit ThreadPair thread_pair;
void play_thread(std::uintptr_t side) {
    for (std::size_t i = 0; i < ROUNDS; ++i) {
        bench::thread_block();
        bench::thread_wake(*thread_pair.thread[1 - side]);
    }
    thread_pair.end = test::instructions();
}
void wait_as_thread(std::uintptr_t) {
    bench::thread_block();
}
void yield_as_thread(std::uintptr_t) {
    for (std::size_t i = 0; i < ROUNDS; ++i)
        bench::thread_yield();
}
Task<> yield_as_event() {
    for (std::size_t i = 0; i < ROUNDS; ++i)
        co_await event::yield_now();
}

Task<> wait_as_event() {
    co_await event::blocked();
}

bench::Thread* must_spawn(void (*body)(std::uintptr_t), std::uintptr_t word) {
    bench::Thread* thread = bench::thread_spawn(body, word);
    if (thread == nullptr)
        kernel::panic("the benchmark finds no memory for its threads");
    return thread;
}

std::uint64_t tenths_of_event_switch() {
    EventPair pair;
    const auto first = bench::must(event::spawn(play_event(&pair, 0)));
    const auto second = bench::must(event::spawn(play_event(&pair, 1)));
    pair.other[0] = second.get();
    pair.other[1] = first.get();
    bench::settle();
    const std::uint64_t begin = test::instructions();
    event::wake(*first.get());
    event::executor().run();
    return (pair.end - begin) * TENTHS / (2 * ROUNDS);
}

std::uint64_t tenths_of_thread_switch() {
    thread_pair.thread[0] = must_spawn(play_thread, 0);
    thread_pair.thread[1] = must_spawn(play_thread, 1);
    bench::threads_run(); // both wait
    const std::uint64_t begin = test::instructions();
    bench::thread_wake(*thread_pair.thread[0]);
    bench::threads_run();
    return (thread_pair.end - begin) * TENTHS / (2 * ROUNDS);
}

} // namespace

TEST(bench, ping_pong) {
    test::measure("events", tenths_of_event_switch());
    test::measure("threads", tenths_of_thread_switch());
}

TEST(bench, yield_of_two) {
    for (int i = 0; i < 2; ++i)
        bench::must(event::spawn(yield_as_event())).detach();
    std::uint64_t begin = test::instructions();
    event::executor().run();
    test::measure("events", (test::instructions() - begin) * TENTHS / (2 * ROUNDS));
    for (int i = 0; i < 2; ++i)
        must_spawn(yield_as_thread, 0);
    begin = test::instructions();
    bench::threads_run();
    test::measure("threads", (test::instructions() - begin) * TENTHS / (2 * ROUNDS));
}

// What a thousand of them hold of the heap while they wait.
TEST(bench, waiters) {
    bench::Array<event::JoinHandle<>> handles(WAITERS);
    bench::Array<bench::Thread*> threads(WAITERS);
    std::size_t before = heap::stats().free_bytes;
    for (std::size_t i = 0; i < WAITERS; ++i)
        handles[i] = bench::must(event::spawn(wait_as_event()));
    bench::settle();
    test::measure("event_bytes", (before - heap::stats().free_bytes) * TENTHS / WAITERS);
    for (std::size_t i = 0; i < WAITERS; ++i)
        event::wake(*handles[i].get());
    event::executor().run();
    before = heap::stats().free_bytes;
    for (std::size_t i = 0; i < WAITERS; ++i)
        threads[i] = must_spawn(wait_as_thread, 0);
    bench::threads_run();
    test::measure("thread_bytes", (before - heap::stats().free_bytes) * TENTHS / WAITERS);
    for (std::size_t i = 0; i < WAITERS; ++i)
        bench::thread_destroy(*threads[i]);
}
