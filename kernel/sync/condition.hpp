#pragma once

#include "kernel/event/timeout.hpp"
#include "kernel/sync/mutex.hpp"

namespace sync {

// Waiting, inside a mutex, for something that another event does inside it:
//
//     MutexLock lock = co_await mutex.lock();
//     while (!there_is_work)
//         co_await condition.wait(lock);
//
// The mutex is given up while the event waits, and held again when it goes on. Who is notified goes to the end of the
// mutex's line, without running in between. One that is cancelled after notify_one has chosen it, and before it goes
// on, passes the notification to the next that waits. All that wait at one time use one mutex. Not for handlers.
class Condition {
public:
    Condition() = default;
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;
    // Nobody may wait. Those that were notified may still be on their way.
    ~Condition() {
        while (chosen_.pop_front() != nullptr) {
        }
    }

    class [[nodiscard]] Awaiter final : public Waiter {
    public:
        // Whoever lost a race would go on without the mutex (race.hpp).
        static constexpr bool MAY_RACE = false;

        Awaiter(Condition& condition, MutexLock& lock) : condition_{condition}, lock_{lock}, mutex_{*lock.mutex_} {}
        ~Awaiter() {
            arch::InterruptGuard guard;
            const bool was_chosen = chosen_.is_linked();
            chosen_.unlink();
            if (leave_line())
                mutex_.give_back();
            if (was_chosen)
                condition_.notify_one();
        }
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<>) {
            arch::InterruptGuard guard;
            condition_.mutex_ = &mutex_;
            condition_.waiting_.wait(*this);
            lock_.unlock();
        }
        void await_resume() {
            arch::InterruptGuard guard;
            resume();
            chosen_.unlink();
            mutex_.note_holder();
            lock_.mutex_ = &mutex_;
        }
        const char* what() const override { return "condition"; }

    private:
        friend class Condition;
        Condition& condition_;
        MutexLock& lock_;
        Mutex& mutex_;
        kernel::ListNode chosen_; // by notify_one, and it has not gone on
    };

    Awaiter wait(MutexLock& lock) {
        KASSERT(lock.is_held());
        return Awaiter{*this, lock};
    }

    // The same for at most so long: timed_out when nobody has notified it by then, at once for 0. The mutex is held
    // again in any case, so this may take longer. Takes memory for one frame: without it out_of_memory at once, and the
    // mutex was held all the time. Not itself for a race or a time-out: there it would be another event, which held the
    // mutex last.
    event::Task<std::expected<void, kernel::Error>> wait_for(MutexLock& lock, std::uint64_t nanoseconds) {
        KASSERT(lock.is_held());
        Mutex& mutex = *lock.mutex_;
        const bool was_notified = (co_await event::with_timeout(Timed{*this, lock}, nanoseconds)).has_value();
        if (was_notified)
            co_return {};
        if (!lock.is_held()) // it is, when there was no time to wait at all
            lock = co_await mutex.lock();
        co_return std::unexpected{kernel::Error::timed_out};
    }

    // Lets the first in line go on as soon as it has the mutex; false when nobody waits.
    bool notify_one() {
        arch::InterruptGuard guard;
        Awaiter* const first = release_first();
        if (first != nullptr)
            chosen_.push_back(*first);
        return first != nullptr;
    }
    // All that wait now.
    void notify_all() {
        arch::InterruptGuard guard;
        while (release_first() != nullptr) {
        }
    }

private:
    // wait_for's: it takes the mutex itself when the time is up.
    class Timed {
    public:
        Timed(Condition& condition, MutexLock& lock) : awaiter_{condition, lock} {}
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> frame) { awaiter_.await_suspend(frame); }
        void await_resume() { awaiter_.await_resume(); }
        bool is_over() const { return awaiter_.is_over(); }

    private:
        Awaiter awaiter_;
    };

    // The first in line waits for nothing but the mutex from now on. Null when there is none. Only Awaiters wait here.
    Awaiter* release_first() {
        Waiter* const first = waiting_.take_first();
        if (first == nullptr)
            return nullptr;
        if (mutex_->take())
            WaitQueue::grant(*first);
        else
            mutex_->waiting_.append(*first);
        return static_cast<Awaiter*>(first);
    }

    WaitQueue waiting_;
    Mutex* mutex_ = nullptr; // of those that wait
    kernel::List<Awaiter, &Awaiter::chosen_> chosen_;
};

} // namespace sync
