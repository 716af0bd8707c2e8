// Ten thousand events at once: all run, all are joined, all memory comes back, and none of it costs more than with ten.

#include "labs/4-spawner/tests/support.hpp"

#if !__STDC_HOSTED__
#include "kernel/mm/heap.hpp"
#endif

namespace {

constexpr unsigned MANY = 10'000;

// Of events, on the heap. Panics without memory.
template<typename T>
struct Array {
    T* const items = new (std::nothrow) T[MANY];
    Array() { KASSERT(items != nullptr); }
    Array(const Array&) = delete;
    Array& operator=(const Array&) = delete;
    ~Array() { delete[] items; }
};

Task<> join_all(JoinHandle<int>* handles, unsigned count, std::uint64_t* sum) {
    for (unsigned i = 0; i < count; ++i)
        *sum += static_cast<std::uint64_t>(number_of(co_await handles[i]));
}

Task<> wait_in_scope(unsigned count, unsigned* spawned) {
    Scope scope;
    for (unsigned i = 0; i < count; ++i)
        *spawned += scope.spawn(wait_for_ever()).has_value() ? 1 : 0;
    co_await scope.join();
}

} // namespace

TEST(many, events_are_joined) {
    std::uint64_t sum = 0;
    {
        const Array<JoinHandle<int>> handles;
        for (unsigned i = 0; i < MANY; ++i)
            handles.items[i] = must_spawn(wait_then_give(static_cast<int>(i)));
        const auto parent = must_spawn(join_all(handles.items, MANY, &sum));
        EXPECT(settle());
        EXPECT_EQ(event::executor().unfinished, MANY + 1);
        for (unsigned i = 0; i < MANY; ++i)
            wake(handles.items[i * 7919 % MANY]);
        EXPECT(settle());
    }
    EXPECT_EQ(sum, std::uint64_t{MANY} * (MANY - 1) / 2);
    expect_nothing_left();
}

TEST(many, events_are_cancelled) {
    {
        const Array<JoinHandle<int>> handles;
        for (unsigned i = 0; i < MANY; ++i)
            handles.items[i] = must_spawn(wait_then_give(1));
        for (unsigned i = 0; i < MANY; i += 3)
            handles.items[i].cancel(); // before the first poll
        EXPECT(settle());
        for (unsigned i = 1; i < MANY; i += 3)
            wake(handles.items[i]);
        for (unsigned i = 0; i < MANY; ++i)
            handles.items[i].cancel(); // ready, or blocked
        EXPECT(!event::executor().run_once());
        EXPECT_EQ(event::executor().unfinished, 0u);
    }
    expect_nothing_left();
}

TEST(many, events_are_detached) {
    for (unsigned i = 0; i < MANY; ++i)
        static_cast<void>(must_spawn(give(1)));
    EXPECT_EQ(event::executor().unfinished, MANY);
    EXPECT(settle());
    expect_nothing_left();
}

TEST(many, children_end_with_their_scope) {
    unsigned spawned = 0;
    {
        auto owner = must_spawn(wait_in_scope(MANY, &spawned));
        EXPECT(settle());
        EXPECT_EQ(spawned, MANY);
        EXPECT_EQ(event::executor().unfinished, MANY + 1);
        owner.cancel();
        EXPECT_EQ(event::executor().unfinished, 0u);
    }
    expect_nothing_left();
}

namespace {

Task<> end_when_woken(event::Event** itself) {
    *itself = event::current();
    co_await event::blocked();
}

Task<> wait_for_children(event::Event** children, unsigned count, unsigned* spawned) {
    Scope scope;
    for (unsigned i = 0; i < count; ++i)
        *spawned += scope.spawn(end_when_woken(&children[i])).has_value() ? 1 : 0;
    co_await scope.join();
}

// So many children end by themselves, in no order. Instructions of the end of one of the first hundred.
std::uint64_t cost_of_an_end(unsigned count, event::Event** children) {
    constexpr unsigned MEASURED = 100;
    std::uint64_t instructions = 0;
    unsigned spawned = 0;
    unsigned early = 0; // polls of the owner before the last child has ended
    {
        const auto owner = must_spawn(wait_for_children(children, count, &spawned));
        EXPECT(settle());
        EXPECT_EQ(spawned, count);
        for (unsigned i = 0; i < count; ++i) {
            early += owner.get()->polls - 1;
            const std::uint64_t begun = test::instructions();
            event::wake(*children[(i + count / 2) * 7919 % count]);
            while (event::executor().run_once()) {
            }
            instructions += i < MEASURED ? test::instructions() - begun : 0;
        }
        EXPECT_EQ(early, 0u);
        EXPECT_EQ(owner.get()->polls, 2u); // the last one's end woke it
        EXPECT_EQ(owner.get()->state.load(), State::finished);
    }
    expect_nothing_left();
    return instructions / MEASURED;
}

} // namespace

TEST(many, children_end_by_themselves) {
    const Array<event::Event*> children;
    const std::uint64_t few = cost_of_an_end(200, children.items);
    const std::uint64_t many = cost_of_an_end(MANY, children.items);
    test::measure("instructions_of_200", few);
    test::measure("instructions_of_10000", many);
    EXPECT_LE(many, few + few / 4);
}

#if !__STDC_HOSTED__

TEST(many, events_are_small) {
    const Array<JoinHandle<int>> handles;
    const std::size_t before = heap::stats().allocated_bytes;
    for (unsigned i = 0; i < MANY; ++i)
        handles.items[i] = must_spawn(wait_then_give(1));
    EXPECT(settle());
    const std::size_t bytes = (heap::stats().allocated_bytes - before) / MANY;
    test::measure("bytes_of_a_blocked_event", bytes);
    EXPECT_LE(bytes, event::TRACING ? 256u : 160u); // what is recorded takes space
    for (unsigned i = 0; i < MANY; ++i)
        handles.items[i].cancel();
}

namespace {

// Instructions to spawn, cancel and drop one event while `others` are blocked.
std::uint64_t cost_among(unsigned others, JoinHandle<int>* handles) {
    for (unsigned i = 0; i < others; ++i)
        handles[i] = must_spawn(wait_then_give(1));
    EXPECT(settle());
    const std::uint64_t begin = test::instructions();
    for (unsigned i = 0; i < 100; ++i) {
        auto handle = must_spawn(wait_then_give(1));
        settle();
        handle.cancel();
    }
    const std::uint64_t cost = (test::instructions() - begin) / 100;
    for (unsigned i = 0; i < others; ++i)
        handles[i] = {};
    for (unsigned i = 0; i < others; ++i)
        event::cancel(*event::executor().blocked.front());
    return cost;
}

} // namespace

TEST(many, others_cost_a_spawn_nothing) {
    const Array<JoinHandle<int>> handles;
    const std::uint64_t few = cost_among(10, handles.items);
    const std::uint64_t many = cost_among(MANY, handles.items);
    test::measure("instructions_with_10", few);
    test::measure("instructions_with_10000", many);
    EXPECT_LE(many, few * 2);
    expect_nothing_left();
}

#endif
