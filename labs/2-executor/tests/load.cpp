// Many events of all priorities, drawn from the seed: each has its turns, and none waits longer than it may.

#include "kernel/lib/random.hpp"
#include "labs/2-executor/tests/support.hpp"

#include <algorithm>
#include <array>

using event::Priority;
using event::Task;

namespace {

constexpr std::size_t COUNT = 60;

struct Load {
    std::uint64_t polls = 0; // of all
    std::uint64_t longest_wait = 0;
    std::array<unsigned, COUNT> turns{};
};

Task<unsigned> take_turn(Load* load, std::size_t me, unsigned waits) {
    ++load->turns[me];
    for (unsigned i = 0; i < waits; ++i)
        co_await event::yield_now();
    co_return waits;
}

Task<> take_part(Load* load, std::size_t me, unsigned turns) {
    std::uint64_t last = 0; // when all of them were started
    for (unsigned i = 0; i < turns; ++i) {
        EXPECT((co_await take_turn(load, me, 0)).has_value());
        load->longest_wait = std::max(load->longest_wait, load->polls - last);
        last = ++load->polls;
        EXPECT((co_await take_turn(load, me, 1)).has_value());
    }
}

} // namespace

TEST(executor, keeps_its_promises_under_load) {
    kernel::Random random{test::seed()};
    for (int round = 0; round < 20; ++round) {
        Load load;
        std::array<unsigned, COUNT> turns{};
        std::uint64_t polls = 0;
        for (std::size_t i = 0; i < COUNT; ++i) {
            turns[i] = static_cast<unsigned>(random.between(1, 40));
            polls += turns[i] + 1;
            const auto priority = static_cast<Priority>(random.below(event::PRIORITY_COUNT));
            REQUIRE(start(take_part(&load, i, turns[i]), priority) != nullptr);
        }
        EXPECT_EQ(run_all(), polls);
        for (std::size_t i = 0; i < COUNT; ++i)
            EXPECT_EQ(load.turns[i], 2 * turns[i]);
        EXPECT_LE(load.longest_wait, event::PRIORITY_COUNT * (event::AGEING_POLLS + COUNT));
        EXPECT_EQ(event::executor().unfinished, 0U);
        EXPECT_EQ(event::live_events(), 0U);
    }
}
