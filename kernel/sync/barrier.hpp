#pragma once

#include "kernel/sync/wait_queue.hpp"

#include <cstddef>

namespace sync {

// Lets events go on together: `co_await barrier.arrive()` waits until so many have arrived, again and again. One that
// is cancelled while it waits has not arrived.
class Barrier {
public:
    constexpr explicit Barrier(std::size_t events) : events_{events} {}

    class [[nodiscard]] Awaiter final : public Waiter {
    public:
        explicit Awaiter(Barrier& barrier) : barrier_{barrier} {}
        ~Awaiter() {
            arch::InterruptGuard guard;
            if (waits_ && !is_over())
                --barrier_.arrived_;
        }
        bool await_ready() const { return false; }
        bool await_suspend(std::coroutine_handle<>) {
            arch::InterruptGuard guard;
            if (++barrier_.arrived_ == barrier_.events_) {
                barrier_.open();
                return false;
            }
            barrier_.waiting_.wait(*this);
            waits_ = true;
            return true;
        }
        void await_resume() { resume(); }
        const char* what() const override { return "barrier"; }

    private:
        Barrier& barrier_;
        bool waits_ = false;
    };

    Awaiter arrive() { return Awaiter{*this}; }
    std::size_t arrived() const { return arrived_; }

private:
    void open() {
        arrived_ = 0;
        while (waiting_.grant_first()) {
        }
    }

    WaitQueue waiting_;
    std::size_t events_;
    std::size_t arrived_ = 0; // of this round
};

} // namespace sync
