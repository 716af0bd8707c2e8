#include "kernel/sync/once_signal.hpp"

#include "kernel/sync/tests/support.hpp"

namespace {

event::Task<> wait_for(sync::OnceSignal* signal) {
    co_await signal->wait();
}

} // namespace

TEST(once_signal, lets_all_go_on) {
    sync::OnceSignal signal;
    event::EventReference waiting[3];
    for (event::EventReference& reference : waiting)
        reference = start(wait_for(&signal));
    settle();
    cancel_by_hand(waiting[1]);
    EXPECT(!is_finished(waiting[0]));
    EXPECT(!signal.is_set());
    signal.set();
    signal.set();
    settle();
    EXPECT(is_finished(waiting[0]));
    EXPECT(is_finished(waiting[2]));
    const event::EventReference late = start(wait_for(&signal));
    settle();
    EXPECT(is_finished(late));
    EXPECT_EQ(late->polls, 1U);
}

TEST(once_signal, is_set_by_a_handler) {
    static sync::OnceSignal* set;
    sync::OnceSignal signal;
    set = &signal;
    const event::EventReference waiting = start(wait_for(&signal));
    settle();
#if __STDC_HOSTED__
    host::interrupt([] { set->set(); });
#else
    arch::set_timer_handler([](std::uint64_t) { set->set(); });
    arch::arm_timer(0);
    event::idle();
    event::initialise();
#endif
    settle();
    EXPECT(is_finished(waiting));
}
