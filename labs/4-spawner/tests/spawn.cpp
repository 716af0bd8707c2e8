// Spawning: the task becomes an event that runs later, costs one allocation, and belongs to executor and handle both.

#include "arch/interrupts.hpp"
#include "labs/4-spawner/tests/support.hpp"

namespace {

Task<> note(Log* log, char letter) {
    log->note(letter);
    co_return;
}

} // namespace

TEST(spawn, runs_the_task_later) {
    Log log;
    {
        const auto handle = event::spawn(note(&log, 'a'));
        REQUIRE(handle.has_value());
        REQUIRE(handle->get() != nullptr);
        EXPECT_EQ(log, "");
        EXPECT_EQ(handle->get()->state.load(), State::ready);
        EXPECT(settle());
        EXPECT_EQ(log, "a");
        EXPECT_EQ(handle->get()->state.load(), State::finished);
    }
    expect_nothing_left();
}

TEST(spawn, keeps_the_order) {
    Log log;
    {
        const auto a = must_spawn(note(&log, 'a'));
        const auto b = must_spawn(note(&log, 'b'));
        const auto c = must_spawn(note(&log, 'c'));
        EXPECT(settle());
    }
    EXPECT_EQ(log, "abc");
    expect_nothing_left();
}

TEST(spawn, takes_priority_and_process) {
    Log log;
    {
        const auto low = event::spawn(note(&log, 'l'), event::Priority::low);
        const auto high = event::spawn(note(&log, 'h'), event::Priority::high, 7);
        REQUIRE(low.has_value());
        REQUIRE(high.has_value());
        EXPECT_EQ(low->get()->priority, event::Priority::low);
        EXPECT_EQ(low->get()->pid, 0u);
        EXPECT_EQ(high->get()->priority, event::Priority::high);
        EXPECT_EQ(high->get()->pid, 7u);
        EXPECT(settle());
    }
    EXPECT_EQ(log, "hl");
    for (unsigned priority = 0; priority < event::PRIORITY_COUNT; ++priority) {
        const auto wide = event::spawn(note(&log, 'w'), static_cast<event::Priority>(priority), 0xfedc'ba98);
        REQUIRE(wide.has_value());
        EXPECT_EQ(static_cast<unsigned>(wide->get()->priority), priority);
        EXPECT_EQ(wide->get()->pid, 0xfedc'ba98u);
        EXPECT(arch::interrupts_enabled());
        EXPECT(settle());
    }
    expect_nothing_left();
}

TEST(spawn, makes_one_allocation) {
    auto task = give(1); // its frame is another one
    const std::size_t before = heap::allocations_asked();
    const auto handle = event::spawn(std::move(task));
    EXPECT_EQ(heap::allocations_asked() - before, 1u);
    EXPECT(settle());
    EXPECT_EQ(heap::allocations_asked() - before, 1u);
}

TEST(spawn, counts_what_has_not_ended) {
    {
        const auto first = must_spawn(wait_then_give(1));
        const auto second = must_spawn(give(2));
        EXPECT_EQ(event::executor().unfinished, 2u);
        EXPECT(settle());
        EXPECT_EQ(event::executor().unfinished, 1u);
        wake(first);
        EXPECT(settle());
    }
    expect_nothing_left();
}

namespace {

Task<> spawn_from_within(Log* log) {
    const auto handle = event::spawn(note(log, 'c'));
    log->note(handle.has_value() ? 'p' : '-');
    co_await event::yield_now();
    log->note('q');
}

} // namespace

TEST(spawn, works_from_inside_a_poll) {
    Log log;
    {
        const auto parent = must_spawn(spawn_from_within(&log));
        EXPECT(settle());
    }
    EXPECT_EQ(log, "pcq");
    expect_nothing_left();
}

TEST(spawn, lets_the_handle_outlive_the_event) {
    Log log;
    event::EventReference reference;
    {
        auto handle = must_spawn(note(&log, 'a'));
        reference = event::EventReference{*handle.get()};
        EXPECT_EQ(reference->references.load(), 3u);
        EXPECT(settle());
        EXPECT_EQ(event::executor().unfinished, 0u);
        EXPECT_EQ(event::live_events(), 1u);
        EXPECT_EQ(reference->references.load(), 2u);
        auto moved = std::move(handle);
        EXPECT(handle.get() == nullptr);
        EXPECT(moved.get() == reference.get());
    }
    EXPECT_EQ(reference->references.load(), 1u);
    reference = {};
    expect_nothing_left();
}
