#pragma once

#include "kernel/event/scope.hpp"

namespace event {

// A task as something to wait for, next to other things (race.hpp): it runs as an event of its own, in a scope of its
// own, with the priority and pid of the event that awaits it, from that moment on. One allocation. Whoever destroys the
// awaiter cancels what has not ended.
template<typename T>
class Child final : public Wait {
public:
    explicit Child(Task<T>&& task) : task_{std::move(task)} {}
    ~Child() { lose(); }

    // Without memory the wait is over at once, with out_of_memory.
    bool await_ready() {
        const auto event = spawn_frame(task_.release(), current()->priority, current()->pid);
        if (!event)
            return true;
        event_ = *event;
        scope_.adopt(*event_);
        return false;
    }
    void await_suspend(std::coroutine_handle<>) { current()->wait = this; }
    typename TaskResult<T>::Type await_resume() {
        if (event_ == nullptr)
            return std::unexpected{kernel::Error::out_of_memory};
        current()->wait = nullptr;
        return ResultOf<T>::take(*std::exchange(event_, nullptr));
    }

    // Ends the task, and drops the result that it may have.
    void lose() {
        scope_.cancel();
        if (event_ != nullptr)
            detach(*std::exchange(event_, nullptr));
    }

    bool is_over() const override { return event_ == nullptr || event_->state == State::finished; }
    const char* what() const override { return "task"; }

private:
    Task<T> task_;
    Event* event_ = nullptr; // null: not begun, no memory, or given up
    Scope scope_;
};

} // namespace event
