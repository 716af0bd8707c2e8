#pragma once

#include "kernel/sync/mutex.hpp"

namespace sync {

// Waiting, inside a mutex, for something that another event does inside it:
//
//     MutexLock lock = co_await mutex.lock();
//     while (!there_is_work)
//         co_await condition.wait(lock);
//
// The mutex is given up while the event waits, and held again when it goes on. Who is notified goes to the end of the
// mutex's line, without running in between. All that wait at one time use one mutex. Not for handlers.
class Condition {
public:
    class [[nodiscard]] Awaiter final : public Waiter {
    public:
        Awaiter(Condition& condition, MutexLock& lock) : condition_{condition}, lock_{lock}, mutex_{*lock.mutex_} {}
        ~Awaiter() {
            arch::InterruptGuard guard;
            if (leave_line())
                mutex_.give_back();
        }
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<>) {
            arch::InterruptGuard guard;
            condition_.mutex_ = &mutex_;
            condition_.waiting_.wait(*this);
            lock_.unlock();
        }
        void await_resume() {
            resume();
            lock_.mutex_ = &mutex_;
        }
        const char* what() const override { return "condition"; }

    private:
        Condition& condition_;
        MutexLock& lock_;
        Mutex& mutex_;
    };

    Awaiter wait(MutexLock& lock) {
        KASSERT(lock.is_held());
        return Awaiter{*this, lock};
    }

    // Lets the first in line go on as soon as it has the mutex; false when nobody waits.
    bool notify_one() {
        arch::InterruptGuard guard;
        Waiter* first = waiting_.take_first();
        if (first == nullptr)
            return false;
        if (mutex_->try_take())
            WaitQueue::grant(*first);
        else
            mutex_->waiting_.append(*first);
        return true;
    }
    void notify_all() {
        while (notify_one()) {
        }
    }

private:
    WaitQueue waiting_;
    Mutex* mutex_ = nullptr; // of those that wait
};

} // namespace sync
