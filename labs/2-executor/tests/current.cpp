// event::current, which Event::poll sets.

#include "arch/interrupts.hpp"
#include "labs/2-executor/tests/support.hpp"

#include <array>

using event::Event;
using event::Poll;
using event::Task;

namespace {

constexpr std::size_t LOOKS = 5;
struct Seen {
    std::array<Event*, LOOKS> events{};
    std::size_t count = 0;
    void look() {
        if (count < LOOKS)
            events[count++] = event::current();
    }
};

Task<> look_within(Seen* seen) {
    seen->look();
    co_await event::yield_now();
    seen->look();
}

Task<> look_around(Seen* seen) {
    seen->look();
    EXPECT((co_await look_within(seen)).has_value());
    seen->look();
}

Task<> poll_another(Seen* seen, Event* other, Poll* result) {
    seen->look();
    *result = poll_alone(*other);
    seen->look();
    if (event::current() == nullptr)
        co_await std::suspend_always{}; // has been said; a yield would need one
    else
        co_await event::yield_now();
    seen->look();
}

Task<> look_at_interrupts(unsigned* enabled) {
    *enabled += arch::interrupts_enabled() ? 1 : 0;
    co_await event::yield_now();
    *enabled += arch::interrupts_enabled() ? 1 : 0;
}

} // namespace

TEST(executor, says_who_is_polled) {
    Seen seen;
    Event* const event = make(look_around(&seen));
    REQUIRE(event != nullptr);
    EXPECT(event::current() == nullptr);
    EXPECT_EQ(poll_alone(*event), Poll::pending);
    EXPECT(event::current() == nullptr);
    EXPECT_EQ(poll_alone(*event), Poll::ready);
    EXPECT(event::current() == nullptr);
    EXPECT_EQ(seen.count, 4U);
    for (std::size_t i = 0; i < seen.count; ++i)
        EXPECT(seen.events[i] == event);
    drop(*event);
}

TEST(executor, polls_an_event_within_another) {
    Seen seen;
    Log log;
    Poll inner = Poll::pending;
    Event* const other = make(take_turns(&log, 'a', 1));
    REQUIRE(other != nullptr);
    Event* const event = make(poll_another(&seen, other, &inner));
    REQUIRE(event != nullptr);
    EXPECT_EQ(poll_alone(*event), Poll::pending);
    EXPECT_EQ(inner, Poll::ready);
    EXPECT_EQ(log, "a");
    EXPECT_EQ(poll_alone(*event), Poll::ready);
    EXPECT_EQ(seen.count, 3U);
    for (std::size_t i = 0; i < seen.count; ++i)
        EXPECT(seen.events[i] == event);
    EXPECT(event::current() == nullptr);
    drop(*event);
    drop(*other);
}

TEST(executor, polls_with_interrupts_on) {
    unsigned enabled = 0;
    REQUIRE(start(look_at_interrupts(&enabled)) != nullptr);
    EXPECT_EQ(run_all(), 2U);
    EXPECT_EQ(enabled, 2U);
    EXPECT(arch::interrupts_enabled());
}
