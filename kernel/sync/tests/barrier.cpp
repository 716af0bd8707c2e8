#include "kernel/sync/barrier.hpp"

#include "kernel/sync/tests/support.hpp"

namespace {

// Nobody may begin a round before all have ended the one before.
event::Task<> go_round(sync::Barrier* barrier, unsigned rounds, unsigned* passed, unsigned events) {
    for (unsigned round = 0; round < rounds; ++round) {
        EXPECT_GE(*passed, round * events);
        ++*passed;
        co_await barrier->arrive();
    }
}

} // namespace

TEST(barrier, opens_when_all_have_arrived) {
    sync::Barrier barrier{3};
    unsigned passed = 0;
    event::EventReference events[3];
    for (unsigned i = 0; i < 3; ++i) {
        settle();
        EXPECT_EQ(barrier.arrived(), i);
        events[i] = start(go_round(&barrier, 1, &passed, 3));
    }
    settle();
    for (const event::EventReference& reference : events)
        EXPECT(is_finished(reference));
    EXPECT_EQ(barrier.arrived(), 0U);
}

TEST(barrier, is_used_again) {
    sync::Barrier barrier{4};
    unsigned passed = 0;
    for (unsigned i = 0; i < 4; ++i)
        start(go_round(&barrier, 20, &passed, 4), i % 2 == 0 ? event::Priority::normal : event::Priority::high);
    event::executor().run();
    EXPECT_EQ(passed, 80U);
}

TEST(barrier, does_not_count_the_cancelled) {
    sync::Barrier barrier{2};
    unsigned passed = 0;
    const event::EventReference cancelled = start(go_round(&barrier, 1, &passed, 2));
    settle();
    cancel_by_hand(cancelled);
    EXPECT_EQ(barrier.arrived(), 0U);
    const event::EventReference one = start(go_round(&barrier, 1, &passed, 2));
    settle();
    EXPECT(!is_finished(one));
    const event::EventReference other = start(go_round(&barrier, 1, &passed, 2));
    while (barrier.arrived() != 0)
        event::executor().run_once();
    cancel_by_hand(one); // let through, and cancelled before it went on
    settle();
    EXPECT(is_finished(other));
    EXPECT_EQ(barrier.arrived(), 0U);
}
