#include "kernel/sync/condition.hpp"

#include "kernel/sync/tests/support.hpp"

namespace {

struct Shared {
    sync::Mutex mutex;
    sync::Condition condition;
    unsigned work = 0;
    Order order;
};

event::Task<> take_work(Shared* shared, unsigned number) {
    sync::MutexLock lock = co_await shared->mutex.lock();
    while (shared->work == 0)
        co_await shared->condition.wait(lock);
    EXPECT(lock.is_held());
    EXPECT(!shared->mutex.try_lock().is_held());
    --shared->work;
    shared->order.note(number);
}

} // namespace

TEST(condition, gives_up_the_mutex_while_it_waits) {
    Shared shared;
    const event::EventReference waiting = start(take_work(&shared, 0));
    settle();
    {
        const sync::MutexLock lock = shared.mutex.try_lock();
        EXPECT(lock.is_held());
        shared.work = 1;
        EXPECT(shared.condition.notify_one());
        settle();
        EXPECT(!is_finished(waiting)); // it waits for the mutex now
    }
    settle();
    EXPECT(is_finished(waiting));
    EXPECT(shared.mutex.try_lock().is_held());
    EXPECT(!shared.condition.notify_one());
}

TEST(condition, notifies_in_order) {
    Shared shared;
    for (unsigned i = 0; i < 4; ++i)
        start(take_work(&shared, i));
    settle();
    shared.work = 1;
    shared.condition.notify_one();
    settle();
    EXPECT(shared.order.is_counting(0, 1));
    shared.work = 3;
    shared.condition.notify_all();
    settle();
    EXPECT(shared.order.is_counting(0, 4));
    EXPECT(shared.mutex.try_lock().is_held());
}

TEST(condition, survives_cancellation) {
    Shared shared;
    event::EventReference waiting[4];
    for (unsigned i = 0; i < 4; ++i)
        waiting[i] = start(take_work(&shared, i));
    settle();
    cancel_by_hand(waiting[0]); // while it waits for the condition
    shared.work = 4;
    {
        const sync::MutexLock lock = shared.mutex.try_lock();
        shared.condition.notify_all();
        settle();
        cancel_by_hand(waiting[1]); // while it waits for the mutex
    }
    cancel_by_hand(waiting[2]); // with a mutex that it has not used
    settle();
    EXPECT(is_finished(waiting[3]));
    EXPECT(shared.order.is_counting(3, 1));
    EXPECT(shared.mutex.try_lock().is_held());
}
