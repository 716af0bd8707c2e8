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

// Whoever is notified and cancelled before it goes on has not used the notification: the next in line has it.
TEST(condition, passes_on_an_unused_notification) {
    for (const bool has_the_mutex : {false, true}) {
        Shared shared;
        event::EventReference waiting[2];
        for (unsigned i = 0; i < 2; ++i)
            waiting[i] = start(take_work(&shared, i));
        settle();
        {
            const sync::MutexLock lock = shared.mutex.try_lock();
            shared.work = 1;
            EXPECT(shared.condition.notify_one());
            if (!has_the_mutex)
                cancel_by_hand(waiting[0]); // while it waits for the mutex
        }
        if (has_the_mutex)
            cancel_by_hand(waiting[0]); // when the mutex is its own
        settle();
        EXPECT(is_finished(waiting[1]));
        EXPECT(shared.order.is_counting(1, 1));
        EXPECT(shared.mutex.try_lock().is_held());
        if (!is_finished(waiting[1]))
            cancel_by_hand(waiting[1]);
    }
}

// One that has been used is not passed on, nor is that of notify_all, which all had.
TEST(condition, passes_on_no_more_than_that) {
    Shared shared;
    const event::EventReference first = start(take_work(&shared, 0));
    const event::EventReference second = start(take_work(&shared, 1));
    settle();
    shared.condition.notify_all(); // for no work: both wait again
    settle();
    const std::uint32_t polls = second->polls;
    shared.condition.notify_one();
    settle();
    cancel_by_hand(first);
    settle();
    EXPECT_EQ(second->polls, polls);
    shared.condition.notify_all();
    const event::EventReference late = start(take_work(&shared, 2));
    cancel_by_hand(second);
    settle();
    EXPECT_EQ(late->state.load(), event::State::blocked);
    cancel_by_hand(late);
    EXPECT(shared.mutex.try_lock().is_held());
}

// The condition may die when nobody waits for it any more, though somebody still waits for the mutex.
TEST(condition, may_die_before_the_notified_go_on) {
    sync::Mutex mutex;
    event::EventReference waiting[2];
    {
        sync::Condition condition;
        for (event::EventReference& each : waiting)
            each = start([](sync::Mutex* of, sync::Condition* on) static -> event::Task<> {
                sync::MutexLock lock = co_await of->lock();
                co_await on->wait(lock);
            }(&mutex, &condition));
        settle();
        while (condition.notify_one()) {
        }
    }
    cancel_by_hand(waiting[0]);
    settle();
    EXPECT(is_finished(waiting[1]));
    EXPECT(mutex.try_lock().is_held());
}

// A report says for whom an event waits: never for one that does not hold the mutex.
TEST(condition, names_nobody_as_the_holder_who_is_not) {
    Shared shared;
    const event::EventReference waiting = start(take_work(&shared, 0));
    settle();
    struct Ids {
        std::uint64_t notifier = 0;
        std::uint64_t holder = 99;
        std::uint64_t later = 99;
    } ids;
    start(
        [](Shared* with, Ids* seen) static -> event::Task<> {
            seen->notifier = event::current()->id;
            with->work = 1;
            with->condition.notify_one(); // the mutex is the other's now
            const auto lock_later = start(
                [](sync::Mutex* mutex) static -> event::Task<> {
                    const sync::MutexLock lock = co_await mutex->lock();
                }(&with->mutex),
                event::Priority::high);
            co_await event::yield_now();
            seen->holder = lock_later->wait != nullptr ? lock_later->wait->waits_for() : 0;
            seen->later = lock_later->state == event::State::finished ? 1 : 0;
        }(&shared, &ids),
        event::Priority::high);
    settle();
    EXPECT(is_finished(waiting));
    EXPECT_NE(ids.notifier, 0U);
    EXPECT_NE(ids.holder, ids.notifier);
    EXPECT_EQ(ids.holder, 0U);
    EXPECT_EQ(ids.later, 0U);
}
