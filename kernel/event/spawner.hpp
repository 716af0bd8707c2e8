#pragma once

#include "kernel/event/task.hpp"
#include "kernel/event/wait.hpp"

// Events in the background: spawn one, await its result later, or cancel it. Declared first, and implemented by the
// student: labs/4-spawner/spawner.cpp.
namespace event {

// Makes an event of the frame, as Event::create does, for a join handle: joinable, with a reference for the handle,
// scheduled. One allocation. Without memory out_of_memory, and nothing is left behind, the frame included.
std::expected<Event*, kernel::Error> spawn_frame(std::coroutine_handle<> frame, Priority priority, std::uint32_t pid);

// Notes that the running event awaits the end of `target`, which is not finished: ended will wake it. already_joined
// when another event awaits it, deadlock when it is the running event itself.
std::expected<void, kernel::Error> begin_join(Event& target);

// The running or blocked event that awaited `target` does so no more: it was cancelled, or it goes on.
inline void end_join(Event& target) {
    target.joiner = nullptr;
}

// Executor::finish calls it when `event` has become finished: wakes whoever awaits it.
void ended(Event& event);

// Gives up a join handle: what is not finished goes on by itself; what is finished loses its frames, and the result in
// them. Gives up the handle's reference.
void detach(Event& event);

// Ends an event that has not ended: destroys its frames, the outermost first, whose destructors destroy the inner ones
// and make whatever it waited on forget it; then it is finished (8), its joiner is woken and finds `cancelled`, and the
// executor's reference is given up. The running event cancels itself as soon as it is pending or ended. Nothing when it
// is finished. Not from a handler.
void cancel(Event& event);

// Whether a finished event has no result because it was cancelled.
inline bool was_cancelled(const Event& event) {
    return event.state == State::finished && event.resume_point != nullptr;
}

// The one right to the result of an event. Moves, does not copy. Dropping it detaches the event.
template<typename T>
class [[nodiscard]] JoinHandle {
public:
    using Result = typename TaskResult<T>::Type;

    JoinHandle() = default;
    // Takes over the handle's reference of an event that spawn_frame made of a Task<T>.
    explicit JoinHandle(Event& event) : event_{&event} {}
    JoinHandle(JoinHandle&& other) noexcept : event_{std::exchange(other.event_, nullptr)} {}
    JoinHandle& operator=(JoinHandle other) noexcept {
        std::swap(event_, other.event_);
        return *this;
    }
    ~JoinHandle() { detach(); }

    // The event, or null after the join or detach.
    Event* get() const { return event_; }

    void detach() {
        if (event_ != nullptr)
            event::detach(*std::exchange(event_, nullptr));
    }
    void cancel() {
        if (event_ != nullptr)
            event::cancel(*event_);
    }

    // co_await handle: waits for the end and gives the result, once; then already_joined.
    class Awaiter final : public Wait {
    public:
        explicit Awaiter(JoinHandle& handle) : handle_{handle} {}
        ~Awaiter() {
            if (joining_)
                end_join(*handle_.event_);
        }

        bool await_ready() {
            if (handle_.event_ == nullptr)
                error_ = kernel::Error::already_joined;
            return handle_.event_ == nullptr || handle_.event_->state == State::finished;
        }
        bool await_suspend(std::coroutine_handle<>) {
            if (const auto result = begin_join(*handle_.event_); !result) {
                error_ = result.error();
                return false;
            }
            joining_ = true;
            current()->wait = this;
            return true;
        }
        Result await_resume() {
            if (joining_) {
                current()->wait = nullptr;
                end_join(*handle_.event_);
                joining_ = false;
            }
            if (error_)
                return std::unexpected{*error_};
            return handle_.take_result();
        }

        bool is_over() const override { return handle_.event_->state == State::finished; }
        const char* what() const override { return "join"; }

    private:
        JoinHandle& handle_;
        std::optional<kernel::Error> error_;
        bool joining_ = false;
    };
    Awaiter operator co_await() { return Awaiter{*this}; }

private:
    Result take_result() {
        Event* event = std::exchange(event_, nullptr);
        Result result = std::unexpected{kernel::Error::cancelled};
        if (!was_cancelled(*event))
            result = std::coroutine_handle<Promise<T>>::from_address(event->topmost.address()).promise().take_result();
        event::detach(*event);
        return result;
    }

    Event* event_ = nullptr;
};

// Runs `task` in the background, from the executor's next turn on. Any number may be alive at once.
template<typename T>
std::expected<JoinHandle<T>, kernel::Error> spawn(Task<T>&& task, Priority priority = Priority::normal,
                                                  std::uint32_t pid = 0) {
    const auto event = spawn_frame(task.release(), priority, pid);
    if (!event)
        return std::unexpected{event.error()};
    return JoinHandle<T>{**event};
}

} // namespace event
