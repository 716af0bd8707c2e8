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
// not taken twice by one event: it would wait for itself.
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
            mutex_.holder_ = event::current()->id;
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
        if (std::exchange(taken_, true))
            return false;
        const event::Event* taker = event::current();
        holder_ = taker != nullptr ? taker->id : 0;
        return true;
    }
    // Hands the mutex over to the first in line: it is never free in between.
    void give_back() {
        arch::InterruptGuard guard;
        taken_ = waiting_.grant_first();
    }

    WaitQueue waiting_;
    bool taken_ = false;
    std::uint64_t holder_ = 0; // the event that took it last, for reports; its lock may have moved on
};

inline void MutexLock::unlock() {
    if (mutex_ != nullptr)
        std::exchange(mutex_, nullptr)->give_back();
}

} // namespace sync
