// What is waited for in a race or under a time-out, and lost, is as if nobody had waited: no lock, permit or value goes
// with it, whichever of grant, time-out and cancel comes first.

#include "kernel/event/timeout.hpp"
#include "kernel/mm/new.hpp"
#include "kernel/sync/channel.hpp"
#include "kernel/sync/condition.hpp"
#include "kernel/sync/semaphore.hpp"
#include "kernel/sync/tests/support.hpp"

namespace {

using event::Task;
using event::with_timeout;
using kernel::Error;

// Longer than a traced build without optimisation takes to start two events: 31,000 instructions.
constexpr std::uint64_t SHORT = 1'000'000;
constexpr std::uint64_t LONG = 1'000'000'000;
enum Result { none, got, timed_out };

Task<> take_lock(sync::Mutex* mutex, std::uint64_t time, Result* result) {
    auto lock = co_await with_timeout(mutex->lock(), time);
    *result = lock ? got : timed_out;
    if (lock)
        EXPECT(lock->is_held());
}
Task<> take_permit(sync::Semaphore* semaphore, std::uint64_t time, Result* result) {
    const auto permit = co_await with_timeout(semaphore->acquire(), time);
    *result = permit ? got : timed_out;
}

using Numbers = sync::Channel<int, 1>;
// Its number, tens for the first channel and units for the second.
Task<> receive_from_either(Numbers* first, Numbers* second, int* number) {
    const auto won = co_await event::race(first->receive(), second->receive());
    *number = won.index() == 0 ? 10 * std::get<0>(won).value_or(-1) : std::get<1>(won).value_or(-1);
}
Task<> take_either(sync::Mutex* first, sync::Mutex* second, unsigned* winner) {
    const auto won = co_await event::race(first->lock(), second->lock());
    *winner = static_cast<unsigned>(won.index());
    co_await event::yield_now(); // with one lock held
}

// Until all have ended; the timer of a sleep that was lost must not wake anybody.
void run() {
    event::executor().run();
}

} // namespace

TEST(sync_race, gives_up_a_lock_when_the_time_is_up) {
    sync::Mutex mutex;
    Result result = none;
    {
        const sync::MutexLock held = mutex.try_lock();
        start(take_lock(&mutex, SHORT, &result));
        run();
        EXPECT_EQ(result, timed_out);
    }
    EXPECT(mutex.try_lock().is_held()); // it was handed to nobody
}

TEST(sync_race, gets_a_lock_in_time) {
    sync::Mutex mutex;
    Result results[2] = {none, none};
    {
        const sync::MutexLock held = mutex.try_lock();
        start(take_lock(&mutex, LONG, &results[0]));
        settle();
    }
    start(take_lock(&mutex, SHORT, &results[1]));
    settle(); // no time-out was waited for
    EXPECT_EQ(results[0], got);
    EXPECT_EQ(results[1], got);
    EXPECT_EQ(event::executor().unfinished, 0U);
    EXPECT(mutex.try_lock().is_held());
}

// What is over when the time is, wins.
TEST(sync_race, keeps_a_permit_that_came_with_the_time_out) {
    sync::Semaphore semaphore{0};
    Result result = none;
    start(take_permit(&semaphore, SHORT, &result));
    settle();
    const std::uint64_t end = arch::now() + 2 * SHORT;
#if __STDC_HOSTED__
    host::advance_time(2 * SHORT);
#endif
    while (arch::now() < end) {
    }
    semaphore.release(); // the time-out has woken the event, which has not run yet
    settle();
    EXPECT_EQ(result, got);
    EXPECT_EQ(semaphore.permits(), 0U);
}

TEST(sync_race, passes_on_what_a_cancelled_event_was_given) {
    sync::Semaphore semaphore{0};
    Result results[2] = {none, none};
    const event::EventReference first = start(take_permit(&semaphore, LONG, &results[0]));
    start(take_permit(&semaphore, LONG, &results[1]));
    settle();
    semaphore.release();
    cancel_by_hand(first);
    settle();
    EXPECT_EQ(results[0], none);
    EXPECT_EQ(results[1], got);
    EXPECT_EQ(semaphore.permits(), 0U);
    EXPECT_EQ(event::executor().unfinished, 0U);
}

TEST(sync_race, loses_no_value_of_the_channel_that_lost) {
    Numbers first;
    Numbers second;
    int numbers[2] = {};
    start(receive_from_either(&first, &second, &numbers[0]));
    settle();
    EXPECT(second.try_send(2));
    EXPECT(first.try_send(1)); // both are promised to the event before it runs
    settle();
    EXPECT_EQ(numbers[0], 10);
    EXPECT_EQ(first.size(), 0U);
    EXPECT_EQ(second.size(), 1U);
    start(receive_from_either(&first, &second, &numbers[1]));
    settle();
    EXPECT_EQ(numbers[1], 2);
    EXPECT(first.try_send(3));
    EXPECT(second.try_send(4)); // all places are there again
}

TEST(sync_race, holds_one_lock_of_two) {
    sync::Mutex first;
    sync::Mutex second;
    unsigned winner = 9;
    {
        sync::MutexLock locks[2] = {first.try_lock(), second.try_lock()};
        start(take_either(&first, &second, &winner));
        settle();
        EXPECT_EQ(winner, 9U);
    } // both are handed over, the second first
    event::executor().run_once();
    EXPECT_EQ(winner, 0U);
    EXPECT(!first.try_lock().is_held());
    EXPECT(second.try_lock().is_held());
    settle();
    EXPECT(first.try_lock().is_held());
}

namespace {

Task<> wait_for_work(sync::Mutex* mutex, sync::Condition* condition, std::uint64_t time, Result* result) {
    sync::MutexLock lock = co_await mutex->lock();
    const auto notified = co_await condition->wait_for(lock, time);
    *result = notified ? got : timed_out;
    EXPECT(lock.is_held());
    EXPECT(!mutex->try_lock().is_held());
    if (!notified)
        EXPECT_EQ(notified.error(), Error::timed_out);
}

} // namespace

TEST(sync_race, holds_the_mutex_after_a_condition_in_any_case) {
    sync::Mutex mutex;
    sync::Condition condition;
    Result results[2] = {none, none};
    start(wait_for_work(&mutex, &condition, SHORT, &results[0]));
    run();
    EXPECT_EQ(results[0], timed_out);
    EXPECT(!condition.notify_one()); // nobody waits
    EXPECT(mutex.try_lock().is_held());
    start(wait_for_work(&mutex, &condition, LONG, &results[1]));
    settle();
    EXPECT(condition.notify_one());
    settle();
    EXPECT_EQ(results[1], got);
    EXPECT(mutex.try_lock().is_held());
}

// Its time is up while another holds the mutex: it goes on when it has it, and the notification that it was given in
// the meantime is the next one's.
TEST(sync_race, gives_a_notification_on_when_the_time_is_up) {
    sync::Mutex mutex;
    sync::Condition condition;
    Result results[2] = {none, none};
    start(wait_for_work(&mutex, &condition, SHORT, &results[0]));
    start(wait_for_work(&mutex, &condition, LONG, &results[1]));
    settle();
    {
        const sync::MutexLock held = mutex.try_lock();
        EXPECT(held.is_held());
        EXPECT(condition.notify_one());
        const std::uint64_t end = arch::now() + 2 * SHORT;
#if __STDC_HOSTED__
        host::advance_time(2 * SHORT);
#endif
        while (arch::now() < end) {
        }
        settle();
        EXPECT_EQ(results[0], none);
    }
    settle();
    EXPECT_EQ(results[0], timed_out);
    EXPECT_EQ(results[1], got);
    EXPECT(mutex.try_lock().is_held());
    EXPECT_EQ(event::executor().unfinished, 0U);
}

// There is no memory for its frame: it has not waited at all.
TEST(sync_race, needs_memory_for_a_condition_with_a_time_out) {
    sync::Mutex mutex;
    sync::Condition condition;
    Error error = Error::closed;
    bool held = false;
    start([](sync::Mutex* of, sync::Condition* on, Error* why, bool* is_held) static -> Task<> {
        sync::MutexLock lock = co_await of->lock();
        heap::fail_allocation(1);
        const auto notified = co_await on->wait_for(lock, LONG);
        heap::fail_allocation(0);
        *why = notified ? Error::closed : notified.error();
        *is_held = lock.is_held();
    }(&mutex, &condition, &error, &held));
    settle();
    EXPECT_EQ(error, Error::out_of_memory);
    EXPECT(held);
    EXPECT(!condition.notify_one());
}

#if __STDC_HOSTED__

namespace {

unsigned boundary; // counted so far
unsigned chosen;   // where the interrupt comes
sync::Semaphore* to_release;

void interrupt() {
    if (boundary++ == chosen)
        to_release->release();
}

} // namespace

// A handler releases the one permit at each boundary in turn: while the event begins to wait, when the time is up, when
// it is cancelled. There is one permit afterwards, and nobody has two.
TEST_CASE("sync_race.has_one_winner_at_every_boundary") {
    unsigned given = 0;
    unsigned given_up = 0;
    for (const std::uint64_t time : {std::uint64_t{0}, SHORT, LONG})
        for (const bool cancels : {false, true})
            for (chosen = 0; chosen < 1'000; ++chosen) {
                sync::Semaphore semaphore{0};
                to_release = &semaphore;
                Result result = none;
                boundary = 0;
                host::set_boundary_handler(interrupt);
                const event::EventReference waiting = start(take_permit(&semaphore, time, &result));
                settle();
                host::advance_time(SHORT);
                if (cancels && !is_finished(waiting))
                    cancel_by_hand(waiting);
                settle();
                host::set_boundary_handler(nullptr);
                const bool came = boundary > chosen;
                if (!came)
                    semaphore.release();
                settle();
                host::advance_time(LONG);
                settle();
                CHECK(is_finished(waiting));
                CHECK(semaphore.permits() + (result == got ? 1 : 0) == 1);
                given += result == got ? 1 : 0;
                given_up += result == timed_out ? 1 : 0;
                if (!came)
                    break;
            }
    CHECK(given > 0);
    CHECK(given_up > 0);
}

#endif
