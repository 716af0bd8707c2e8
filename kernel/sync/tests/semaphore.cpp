#include "kernel/sync/semaphore.hpp"

#include "kernel/sync/tests/support.hpp"

namespace {

event::Task<> acquire_one(sync::Semaphore* semaphore, Order* order, unsigned number) {
    co_await semaphore->acquire();
    order->note(number);
}

} // namespace

TEST(semaphore, has_so_many_permits) {
    sync::Semaphore semaphore{2};
    Order order;
    for (unsigned i = 0; i < 4; ++i)
        start(acquire_one(&semaphore, &order, i));
    settle();
    EXPECT(order.is_counting(0, 2));
    EXPECT(!semaphore.try_acquire());
    semaphore.release();
    semaphore.release();
    EXPECT_EQ(semaphore.permits(), 0U); // handed over already
    settle();
    EXPECT(order.is_counting(0, 4));
    semaphore.release();
    EXPECT(semaphore.try_acquire());
    EXPECT(!semaphore.try_acquire());
}

TEST(semaphore, lets_nobody_in_between) {
    sync::Semaphore semaphore{0};
    Order order;
    const event::EventReference waiting = start(acquire_one(&semaphore, &order, 0));
    settle();
    semaphore.release();
    EXPECT(!semaphore.try_acquire());
    settle();
    EXPECT(is_finished(waiting));
}

TEST(semaphore, loses_no_permit_to_a_cancellation) {
    sync::Semaphore semaphore{0};
    Order order;
    event::EventReference waiting[3];
    for (unsigned i = 0; i < 3; ++i)
        waiting[i] = start(acquire_one(&semaphore, &order, i));
    settle();
    cancel_by_hand(waiting[0]); // while it waits
    semaphore.release();
    cancel_by_hand(waiting[1]); // with a permit that it has not used
    settle();
    EXPECT(is_finished(waiting[2]));
    EXPECT(order.is_counting(2, 1));
    const event::EventReference last = start(acquire_one(&semaphore, &order, 3));
    settle();
    semaphore.release();
    cancel_by_hand(last);
    EXPECT_EQ(semaphore.permits(), 1U);
}

// A device's handler says that there is something to do.
TEST(semaphore, is_released_by_a_handler) {
    static sync::Semaphore* released;
    sync::Semaphore semaphore{0};
    released = &semaphore;
    Order order;
    const event::EventReference waiting = start(acquire_one(&semaphore, &order, 0));
    settle();
#if __STDC_HOSTED__
    host::interrupt([] { released->release(); });
#else
    arch::set_timer_handler([](std::uint64_t) { released->release(); });
    arch::arm_timer(0);
    event::idle();
    event::initialise();
#endif
    settle();
    EXPECT(is_finished(waiting));
}
