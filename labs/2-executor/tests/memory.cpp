// Memory runs out at each allocation in turn: that is an error value, and nothing is left behind.

#include "kernel/mm/new.hpp"
#include "labs/2-executor/tests/support.hpp"

using event::Event;
using event::Task;
using kernel::Error;

namespace {

constexpr int LEVELS = 5;
// The topmost frame, its event, the levels, the bottom; fewer where clang makes a frame a part of its caller's.
constexpr std::size_t MOST_ALLOCATIONS = 1 + 1 + LEVELS + 1;

Task<std::expected<int, Error>> descend(int levels) {
    if (levels == 0) {
        co_await event::yield_now();
        co_return 1;
    }
    const std::expected<int, Error> below = co_await descend(levels - 1);
    if (!below)
        co_return below;
    co_return *below + 1;
}

Task<> note_result(std::expected<int, Error>* result) {
    *result = co_await descend(LEVELS);
}

std::expected<int, Error> run_with_failure_at(std::size_t number) {
    std::expected<int, Error> result = 0;
    heap::fail_allocation(number);
    const auto event = Event::create(note_result(&result).release());
    if (event)
        event::executor().start(**event);
    run_all();
    heap::fail_allocation(0);
    if (!event)
        return std::unexpected{event.error()};
    return result;
}

} // namespace

TEST(executor, survives_every_failed_allocation) {
    std::size_t failures = 0;
    for (; failures <= MOST_ALLOCATIONS; ++failures) {
        const auto result = run_with_failure_at(failures + 1);
        EXPECT_EQ(event::live_events(), 0U);
        EXPECT_EQ(event::executor().unfinished, 0U);
        if (result) {
            EXPECT_EQ(*result, LEVELS + 1);
            break;
        }
        EXPECT(result == std::unexpected{Error::out_of_memory});
    }
    EXPECT_GT(failures, 2U);
    EXPECT_LE(failures, MOST_ALLOCATIONS);
    test::measure("failures", failures);
}

namespace {

event::Task<> request_the_end(Log* log) {
    log->note('c');
    event::current()->cancel_requested = true;
    co_await event::yield_now();
}

} // namespace

// Waiting and being polled need no memory; nor does it to age, to end, to be cancelled, or to find nothing to do.
TEST(executor, allocates_nothing) {
    Log log;
    for (const event::Priority priority : {event::Priority::background, event::Priority::high})
        REQUIRE(start(take_turns(&log, 'a', 100), priority) != nullptr);
    for (unsigned i = 0; i < 20; ++i)
        REQUIRE(start(take_turns(&log, 'b', 1), static_cast<event::Priority>(i % 3)) != nullptr);
    for (unsigned i = 0; i < 4; ++i)
        REQUIRE(start(request_the_end(&log)) != nullptr);
    const std::size_t before = heap::allocations_asked();
    EXPECT_EQ(run_all(), 224U);
    EXPECT(!event::executor().run_once());
    EXPECT_EQ(heap::allocations_asked(), before);
}
