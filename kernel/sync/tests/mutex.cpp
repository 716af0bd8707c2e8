#include "kernel/sync/mutex.hpp"

#include "kernel/sync/tests/support.hpp"

namespace {

event::Task<> lock_for(sync::Mutex* mutex, unsigned turns, Order* order, unsigned number) {
    const sync::MutexLock lock = co_await mutex->lock();
    order->note(number);
    for (; turns > 0; --turns)
        co_await event::yield_now();
}

event::Task<> hold_until_woken(sync::Mutex* mutex) {
    const sync::MutexLock lock = co_await mutex->lock();
    co_await event::blocked();
}

} // namespace

TEST(mutex, lets_in_one_at_a_time) {
    sync::Mutex mutex;
    static unsigned inside, most;
    inside = most = 0;
    constexpr auto work = [](sync::Mutex* guarding) static -> event::Task<> {
        for (unsigned i = 0; i < 10; ++i) {
            const sync::MutexLock lock = co_await guarding->lock();
            most = std::max(most, ++inside);
            co_await event::yield_now();
            --inside;
        }
    };
    for (unsigned i = 0; i < 5; ++i)
        start(work(&mutex));
    event::executor().run();
    EXPECT_EQ(most, 1U);
    EXPECT(mutex.try_lock().is_held());
}

TEST(mutex, serves_who_came_first) {
    sync::Mutex mutex;
    Order order;
    for (unsigned i = 0; i < 6; ++i)
        start(lock_for(&mutex, 3, &order, i));
    event::executor().run();
    EXPECT(order.is_counting(0, 6));
}

// From the unlock on it is the waiter's, though that has not run yet.
TEST(mutex, is_handed_over) {
    sync::Mutex mutex;
    Order order;
    sync::MutexLock mine = mutex.try_lock();
    const event::EventReference waiting = start(lock_for(&mutex, 0, &order, 0));
    settle();
    EXPECT_EQ(waiting->state.load(), event::State::blocked);
    mine.unlock();
    EXPECT(!mutex.try_lock().is_held());
    EXPECT_EQ(order.count, 0U);
    settle();
    EXPECT(is_finished(waiting));
    EXPECT_EQ(waiting->polls, 2U);
    EXPECT(mutex.try_lock().is_held());
}

TEST(mutex, is_given_back_when_its_holder_is_cancelled) {
    sync::Mutex mutex;
    Order order;
    const event::EventReference holder = start(hold_until_woken(&mutex));
    const event::EventReference waiting = start(lock_for(&mutex, 0, &order, 0));
    settle();
    cancel_by_hand(holder);
    settle();
    EXPECT(is_finished(waiting));
    EXPECT(mutex.try_lock().is_held());
}

TEST(mutex, forgets_a_cancelled_waiter) {
    sync::Mutex mutex;
    Order order;
    event::EventReference waiting[3];
    sync::MutexLock mine = mutex.try_lock();
    for (unsigned i = 0; i < 3; ++i)
        waiting[i] = start(lock_for(&mutex, 0, &order, i == 2 ? 1 : 0));
    settle();
    cancel_by_hand(waiting[1]);
    mine.unlock();
    event::executor().run();
    EXPECT(order.is_counting(0, 2));
}

// It was handed the mutex and never ran: the next one gets it.
TEST(mutex, passes_on_an_unused_grant) {
    sync::Mutex mutex;
    Order order;
    sync::MutexLock mine = mutex.try_lock();
    const event::EventReference first = start(lock_for(&mutex, 0, &order, 0));
    const event::EventReference second = start(lock_for(&mutex, 0, &order, 1));
    settle();
    mine.unlock();
    cancel_by_hand(first);
    EXPECT(!mutex.try_lock().is_held());
    settle();
    EXPECT(is_finished(second));
    EXPECT(order.is_counting(1, 1));
    EXPECT(mutex.try_lock().is_held());
}

// A wake-up is a hint: who was not granted goes on waiting.
TEST(mutex, is_not_given_by_a_stray_wake) {
    sync::Mutex mutex;
    Order order;
    sync::MutexLock mine = mutex.try_lock();
    const event::EventReference waiting = start(lock_for(&mutex, 0, &order, 0));
    settle();
    event::wake(*waiting.get());
    settle();
    EXPECT_EQ(waiting->state.load(), event::State::blocked);
    EXPECT_EQ(order.count, 0U);
    mine.unlock();
    event::executor().run();
    EXPECT_EQ(order.count, 1U);
}
