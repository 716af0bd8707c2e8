#pragma once

#include "kernel/sync/wait_queue.hpp"

#include <utility>

namespace sync {

class Mutex;

// The right to what a mutex guards; gives it back at the end of its scope, also when its event is cancelled.
class [[nodiscard]] MutexLock {
public:
    MutexLock() = default;
    MutexLock(MutexLock&& other) noexcept : mutex_{std::exchange(other.mutex_, nullptr)} {}
    MutexLock& operator=(MutexLock other) noexcept {
        std::swap(mutex_, other.mutex_);
        return *this;
    }
    ~MutexLock() { unlock(); }

    bool is_held() const { return mutex_ != nullptr; }
    void unlock();

private:
    friend class Mutex;
    friend class Condition;
    explicit MutexLock(Mutex& mutex) : mutex_{&mutex} {}
    Mutex* mutex_ = nullptr;
};

// One event at a time: `MutexLock lock = co_await mutex.lock();`. May be held over a co_await. Not for handlers, and
// not taken twice by one event: it would wait for itself. Priorities are not inherited: who waits, waits for the
// holder's turn, at the holder's priority. So hold no lock of urgent events in an event of low priority over a
// co_await.
class Mutex {
public:
    class Awaiter final : public Waiter {
    public:
        explicit Awaiter(Mutex& mutex) : mutex_{mutex} {}
        ~Awaiter() {
            arch::InterruptGuard guard;
            if (leave_line())
                mutex_.give_back();
        }
        bool await_ready() const { return mutex_.try_take(); }
        bool await_suspend(std::coroutine_handle<>) {
            arch::InterruptGuard guard;
            if (mutex_.try_take())
                return false;
            mutex_.waiting_.wait(*this);
            return true;
        }
        MutexLock await_resume() {
            resume();
            mutex_.note_holder();
            return MutexLock{mutex_};
        }
        const char* what() const override { return "mutex"; }
        std::uint64_t waits_for() const override { return mutex_.holder_; }

    private:
        Mutex& mutex_;
    };

    [[nodiscard]] Awaiter lock() { return Awaiter{*this}; }
    // Without waiting; the lock is not held when another has it.
    MutexLock try_lock() { return try_take() ? MutexLock{*this} : MutexLock{}; }

private:
    friend class MutexLock;
    friend class Condition;

    bool try_take() {
        arch::InterruptGuard guard;
        if (!take())
            return false;
        note_holder();
        return true;
    }
    // Interrupts off. Whether it was free; the holder is not known yet.
    bool take() {
        holder_ = taken_ ? holder_ : 0;
        return !std::exchange(taken_, true);
    }
    // Hands the mutex over to the first in line: it is never free in between.
    void give_back() {
        arch::InterruptGuard guard;
        holder_ = 0;
        taken_ = waiting_.grant_first();
    }
    void note_holder() {
        const event::Event* const taker = event::current();
        holder_ = taker != nullptr ? taker->id : 0;
    }

    WaitQueue waiting_;
    bool taken_ = false;
    // For reports: the event that ran when it got the mutex; 0 when none did, or when it was handed over to one that
    // has not run yet. The lock may have moved on.
    std::uint64_t holder_ = 0;
};

inline void MutexLock::unlock() {
    if (mutex_ != nullptr)
        std::exchange(mutex_, nullptr)->give_back();
}

} // namespace sync
