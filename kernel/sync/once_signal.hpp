#pragma once

#include "kernel/sync/wait_queue.hpp"

namespace sync {

// Something that happens once: `co_await signal.wait()` waits until it has, and never again.
class OnceSignal {
public:
    class [[nodiscard]] Awaiter final : public Waiter {
    public:
        explicit Awaiter(OnceSignal& signal) : signal_{signal} {}
        bool await_ready() const { return signal_.is_set(); }
        bool await_suspend(std::coroutine_handle<>) {
            arch::InterruptGuard guard;
            if (signal_.is_set())
                return false;
            signal_.waiting_.wait(*this);
            return true;
        }
        void await_resume() { resume(); }
        const char* what() const override { return "signal"; }

    private:
        OnceSignal& signal_;
    };

    Awaiter wait() { return Awaiter{*this}; }

    // Lets all go on that wait, or will. A second time does nothing. Any context.
    void set() {
        arch::InterruptGuard guard;
        is_set_ = true;
        while (waiting_.grant_first()) {
        }
    }
    bool is_set() const { return is_set_; }

private:
    WaitQueue waiting_;
    bool is_set_ = false;
};

} // namespace sync
