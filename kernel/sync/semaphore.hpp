#pragma once

#include "kernel/sync/wait_queue.hpp"

#include <cstddef>

namespace sync {

// A number of permits: `co_await semaphore.acquire()` takes one, release gives one back, or a new one.
class Semaphore {
public:
    constexpr explicit Semaphore(std::size_t permits) : permits_{permits} {}

    class [[nodiscard]] Awaiter final : public Waiter {
    public:
        explicit Awaiter(Semaphore& semaphore) : semaphore_{semaphore} {}
        ~Awaiter() {
            arch::InterruptGuard guard;
            if (leave_line())
                semaphore_.release();
        }
        bool await_ready() const { return semaphore_.try_acquire(); }
        bool await_suspend(std::coroutine_handle<>) {
            arch::InterruptGuard guard;
            if (semaphore_.try_acquire())
                return false;
            semaphore_.waiting_.wait(*this);
            return true;
        }
        void await_resume() { resume(); }
        const char* what() const override { return "semaphore"; }

    private:
        Semaphore& semaphore_;
    };

    Awaiter acquire() { return Awaiter{*this}; }

    // Without waiting; whether there was a permit. Any context.
    [[nodiscard]] bool try_acquire() {
        arch::InterruptGuard guard;
        if (permits_ == 0)
            return false;
        --permits_;
        return true;
    }

    // To the first in line, if anybody waits. Any context.
    void release() {
        arch::InterruptGuard guard;
        if (!waiting_.grant_first())
            ++permits_;
    }

    std::size_t permits() const { return permits_; }

private:
    WaitQueue waiting_;
    std::size_t permits_;
};

} // namespace sync
