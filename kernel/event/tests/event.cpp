// Event: its making, and its references.

#include "kernel/event/tests/support.hpp"
#include "kernel/mm/new.hpp"

#include <array>

#if __STDC_HOSTED__
#include "arch/host/machine.hpp"
#endif

using event::Event;
using event::EventReference;
using event::Priority;
using event::State;
using event::Task;
using event_test::Counted;
using kernel::Error;

namespace {

// Not inlined, or clang makes the frame a part of its caller's.
[[gnu::noinline]] Task<> hold(Counted) {
    co_return;
}

// For an event that was never started.
void drop(Event& event) {
    event::destroy_frames(event);
    event.release();
}

} // namespace

TEST(event, is_made_of_a_frame) {
    int live = 0;
    const auto made = Event::create(hold(Counted{&live}).release(), Priority::low, 17);
    REQUIRE(made.has_value());
    Event& event = **made;
    EXPECT_EQ(live, 1);
    EXPECT_EQ(event.state.load(), State::created);
    EXPECT_EQ(event.priority, Priority::low);
    EXPECT_EQ(event.pid, 17U);
    EXPECT_EQ(event.polls, 0U);
    EXPECT(event.topmost == event.resume_point);
    EXPECT_EQ(event.references.load(), 1U);
    EXPECT_EQ(event::live_events(), 1U);
    drop(event);
    EXPECT_EQ(live, 0);
    EXPECT_EQ(event::live_events(), 0U);
}

TEST(event, has_an_id_of_its_own) {
    int live = 0;
    std::uint64_t last = 0;
    for (int i = 0; i < 10; ++i) {
        const auto made = Event::create(hold(Counted{&live}).release());
        REQUIRE(made.has_value());
        EXPECT_GT((*made)->id, last);
        last = (*made)->id;
        drop(**made);
    }
}

TEST(event, takes_one_allocation) {
    int live = 0;
    const auto frame = hold(Counted{&live}).release();
    const std::size_t before = heap::allocations_asked();
    const auto made = Event::create(frame);
    EXPECT_EQ(heap::allocations_asked(), before + 1);
    REQUIRE(made.has_value());
    drop(**made);
}

TEST(event, is_an_error_without_memory) {
    int live = 0;
    const auto frame = hold(Counted{&live}).release();
    heap::fail_allocation(1);
    const auto made = Event::create(frame);
    heap::fail_allocation(0);
    EXPECT(made == std::unexpected{Error::out_of_memory});
    EXPECT_EQ(live, 0); // the frame went with it
    EXPECT_EQ(event::live_events(), 0U);
}

TEST(event, is_an_error_without_a_frame) {
    int live = 0;
    heap::fail_allocation(1);
    const auto made = Event::create(hold(Counted{&live}).release());
    heap::fail_allocation(0);
    EXPECT(made == std::unexpected{Error::out_of_memory});
    EXPECT_EQ(live, 0);
    EXPECT_EQ(event::live_events(), 0U);
}

TEST(event, lives_as_long_as_its_last_reference) {
    int live = 0;
    const auto made = Event::create(hold(Counted{&live}).release());
    REQUIRE(made.has_value());
    Event& event = **made;
    {
        EventReference one{event};
        EventReference other = one;
        EXPECT_EQ(event.references.load(), 3U);
        EventReference moved = std::move(one);
        EXPECT(!one);
        EXPECT(moved.get() == &event);
        EXPECT_EQ(event.references.load(), 3U);
        const EventReference& itself = other;
        other = itself;
        EXPECT_EQ(event.references.load(), 3U);
        other = {};
        EXPECT_EQ(event.references.load(), 2U);
        drop(event);
        EXPECT_EQ(event::live_events(), 1U);
    }
    EXPECT_EQ(event::live_events(), 0U);
}

#if __STDC_HOSTED__
// The pretended machine holds an interrupt back while interrupts are off, as a machine does.
TEST(event, is_interrupted_only_where_interrupts_are_on) {
    static unsigned handled;
    handled = 0;
    {
        arch::InterruptGuard guard;
        host::interrupt([] { ++handled; });
        EXPECT_EQ(handled, 0U);
        EXPECT(!arch::interrupts_enabled());
    }
    EXPECT_EQ(handled, 1U);
    EXPECT(arch::interrupts_enabled());
    host::interrupt([] { ++handled; });
    EXPECT_EQ(handled, 2U);
    EXPECT(arch::interrupts_enabled());
    arch::disable_interrupts();
    host::interrupt([] { ++handled; });
    arch::wait_for_interrupt();
    EXPECT_EQ(handled, 3U);
    EXPECT(!arch::interrupts_enabled());
    arch::enable_interrupts();
}

// A handler may not free: the event waits for the executor.
TEST(event, is_freed_outside_of_handlers) {
    static EventReference last;
    int live = 0;
    const auto made = Event::create(hold(Counted{&live}).release());
    REQUIRE(made.has_value());
    last = EventReference{**made};
    drop(**made);
    host::interrupt([] { last = {}; });
    EXPECT_EQ(event::live_events(), 1U);
    event::reap();
    EXPECT_EQ(event::live_events(), 0U);
}
#endif
