#pragma once

#include "kernel/event/task.hpp"
#include "kernel/event/wait.hpp"

// Events in the background: spawn one, await its result later, or cancel it. Declared first, and implemented by the
// student: labs/4-spawner/spawner.cpp. Never from a handler.
namespace event {

// Makes an event of the frame, as Event::create does, for a join handle: joinable, with a reference for the handle,
// started. One allocation. Without memory out_of_memory, and nothing is left behind, the frame included.
std::expected<Event*, kernel::Error> spawn_frame(std::coroutine_handle<> frame, Priority priority, std::uint32_t pid);

// Notes that the running event awaits the end of `target`, which may have come already: ended will wake it. deadlock
// when `target` is the running event itself, awaits its end, or owns its scope, or does so through others; else
// already_joined when another event awaits it, or when its result is gone (not joinable). Allocates nothing.
std::expected<void, kernel::Error> begin_join(Event& target);

// The event that awaited `target` does so no more: it goes on, or it was cancelled.
inline void end_join(Event& target) {
    trace(Trace::join_ended, target.id);
    target.joiner = nullptr;
}

// Called when `event` has become finished, by Executor::finish and by cancel: wakes whoever awaits its end (joiner). If
// it is in a scope (sibling is linked), it leaves it, forgetting the owner, which may be gone before it is; the owner
// is woken by the last child only. Allocates nothing.
void ended(Event& event);

// Gives up the right to the result, and one reference. What is not finished goes on by itself, and loses its frames
// when it ends; what is finished loses them now. Whoever awaits it is woken, and finds that it is not joinable.
void detach(Event& event);

// Ends an event that has not ended: it is finished (8); then its frames are destroyed as if each of them returned at
// once (destroy_frames), so the destructors of an inner one run before those of the one that awaits it, and whatever it
// waited on forgets it; it has ended (see there), and the executor's reference is given up. From created (which nobody
// started) to blocked; nothing when it is finished.
//
// An event that is_on_stack cannot be ended now, since code that runs would lose its ground: it is noted in
// cancel_requested and woken, so that the executor cancels it when its next poll, or the present one, gave pending. If
// it gives ready instead, it has ended by itself.
//
// However deep the awaits are, this takes the same stack. Scopes in scopes cancel one another, on the stack: 196 bytes
// each at -O2 and 559 at -O0 (depth.cpp in the lab's tests measures them), so 200 of them, or 80, are safe on the
// kernel's 64 KiB. (What such destructors give up in passing, the results of events that have ended, takes no more
// stack however long the chain is: destroy_frames.)
void cancel(Event& event);

template<typename T>
class Child;
template<typename T>
class JoinHandle;

// Runs `task` in the background, from the executor's next turn on. Any number may be alive at once. Interrupts on.
template<typename T>
[[nodiscard]] std::expected<JoinHandle<T>, kernel::Error> spawn(Task<T>&& task, Priority priority = Priority::normal,
                                                                std::uint32_t pid = 0);

// Whether a finished event has no result because it was cancelled.
inline bool was_cancelled(const Event& event) {
    return event.state == State::finished && event.resume_point != nullptr;
}

// The right to the result of an event, in the hands of those who keep it: a join handle, a racing child.
template<typename T>
class ResultOf {
    friend class JoinHandle<T>;
    friend class Child<T>;

    // The result of a finished, joinable event that was made of a Task<T> and that nobody awaits any more, or
    // `cancelled`. Gives up the right to it, and one reference, as detach does. Of an event that has ended by itself
    // there is no frame left but the topmost one, with the result.
    static typename TaskResult<T>::Type take(Event& event) {
        if (was_cancelled(event)) [[unlikely]] {
            detach(event);
            return std::unexpected{kernel::Error::cancelled};
        }
        event.joinable = false;
        const auto frame = std::coroutine_handle<Promise<T>>::from_address(event.topmost.address());
        typename TaskResult<T>::Type result = frame.promise().take_result();
        event.topmost = nullptr;
        frame.destroy();
        event.release();
        return result;
    }
};

// The one right to the result of an event. Moves, does not copy. Dropping it detaches the event; whoever awaits it at
// that moment finds `closed`. The parameters of the task lie where its result does: they live until the result is taken
// or the right to it given up, though the event has ended.
template<typename T = void>
class [[nodiscard]] JoinHandle {
public:
    using Result = typename TaskResult<T>::Type;

    JoinHandle() = default;
    JoinHandle(JoinHandle&& other) noexcept : event_{std::exchange(other.event_, nullptr)} {}
    JoinHandle& operator=(JoinHandle other) noexcept {
        std::swap(event_, other.event_);
        return *this;
    }
    ~JoinHandle() { detach(); }

    // The event, also after its end and after the join; null after detach.
    Event* get() const { return event_; }

    void detach() {
        if (event_ == nullptr)
            return;
        Event& event = *std::exchange(event_, nullptr);
        if (event.joinable)
            event::detach(event);
        else
            event.release(); // the result was taken, the right to it with it
    }
    void cancel() {
        if (event_ != nullptr)
            event::cancel(*event_);
    }

    // co_await handle: waits for the end and gives the result, once; then already_joined. The handle may be moved or
    // dropped while it waits: the awaiter keeps the event itself.
    class Awaiter final : public Wait {
    public:
        explicit Awaiter(Event* event) : event_{event} {}
        ~Awaiter() {
            if (!joining_)
                return;
            end_join(*event_);
            event_->release();
        }

        bool await_ready() {
            if (event_ == nullptr) {
                error_ = kernel::Error::already_joined;
                return true;
            }
            if (const auto begun = begin_join(*event_); !begun) {
                error_ = begun.error();
                return true;
            }
            trace(Trace::join_begun, event_->id);
            event_->retain();
            joining_ = true;
            return event_->state == State::finished;
        }
        void await_suspend(std::coroutine_handle<>) { current()->wait = this; }
        [[gnu::always_inline]] Result await_resume() {
            if (joining_) [[likely]] {
                joining_ = false;
                current()->wait = nullptr;
                end_join(*event_);
                if (event_->joinable) [[likely]]
                    return ResultOf<T>::take(*event_);
                error_ = kernel::Error::closed;
                event_->release();
            }
            return std::unexpected{error_};
        }

        bool is_over() const override { return event_->state == State::finished || !event_->joinable; }
        const char* what() const override { return "join"; }
        std::uint64_t waits_for() const override { return event_->id; }

    private:
        Event* const event_;   // null: none
        kernel::Error error_;  // why it cannot, unless it is
        bool joining_ = false; // when it is, it has a reference to the event
    };
    // To be awaited in the expression that makes it, as `co_await handle` does.
    Awaiter operator co_await() const { return Awaiter{event_}; }

private:
    friend std::expected<JoinHandle, kernel::Error> spawn<T>(Task<T>&&, Priority, std::uint32_t);
    friend struct HandleForTests;
    // Takes over the handle's reference of an event that spawn_frame made of a Task<T>.
    explicit JoinHandle(Event& event) : event_{&event} {}

    Event* event_ = nullptr;
};

template<typename T>
std::expected<JoinHandle<T>, kernel::Error> spawn(Task<T>&& task, Priority priority, std::uint32_t pid) {
    const auto event = spawn_frame(task.release(), priority, pid);
    if (!event)
        return std::unexpected{event.error()};
    return JoinHandle<T>{**event};
}

} // namespace event
