#pragma once

#include "kernel/event/event.hpp"

#include <new>
#include <optional>
#include <utility>

// Task<T>: a function that may wait. Lazy: nothing of it runs until it is awaited, or is made an event and polled. Its
// frame lies on the kernel heap.
//
//     Task<int> answer() { co_await sleep_for(1'000); co_return 42; }
//     Task<> ask() { std::expected<int, Error> result = co_await answer(); … }
//
// There are no exceptions. What may go wrong with a task itself, no memory for its frame, is what its co_await gives: a
// std::expected<T, Error>. Of a Task<std::expected<T, Error>> it gives that, one expected for both kinds of error.
//
// How control moves (the trampoline): a frame never resumes another one. It names the next frame in Event::transfer and
// suspends itself; Event::poll, at the bottom of the stack, resumes that one. So the stack is one frame deep however
// deep the awaits are.
//
//     poll --resume--> ask --suspends, transfer(answer)--> poll --resume--> answer --ends, transfer(ask)--> poll
//     --resume--> ask
namespace event {

template<typename T>
class Task;

// What a co_await of a Task<T> gives.
template<typename T>
struct TaskResult {
    using Type = std::expected<T, kernel::Error>;
};
template<typename T>
struct TaskResult<std::expected<T, kernel::Error>> {
    using Type = std::expected<T, kernel::Error>;
};

// What all frames of tasks have in common.
class PromiseBase {
public:
    // Frames come from the heap, and there may be none: then the call of the coroutine gives an empty task.
    static void* operator new(std::size_t bytes) noexcept { return ::operator new(bytes, std::nothrow); }
    static void operator delete(void* frame) { ::operator delete(frame); }

    std::suspend_always initial_suspend() noexcept { return {}; }
    [[noreturn]] void unhandled_exception() noexcept { __builtin_trap(); } // built without exceptions

    struct FinalAwaiter {
        std::coroutine_handle<> continuation;
        bool await_ready() noexcept { return false; }
        void await_suspend(std::coroutine_handle<>) noexcept { current()->transfer(continuation); }
        void await_resume() noexcept {}
    };
    FinalAwaiter final_suspend() noexcept { return {continuation_}; }

    void set_continuation(std::coroutine_handle<> frame) { continuation_ = frame; }
    std::coroutine_handle<> continuation() const { return continuation_; }

private:
    std::coroutine_handle<> continuation_; // the frame that awaits this one; null for the topmost
};

template<typename T>
class Promise : public PromiseBase {
public:
    Task<T> get_return_object() noexcept;
    static Task<T> get_return_object_on_allocation_failure() noexcept;

    template<typename U>
    void return_value(U&& value) {
        result_.emplace(std::forward<U>(value));
    }
    typename TaskResult<T>::Type take_result() { return std::move(*result_); }

private:
    std::optional<T> result_;
};

template<>
class Promise<void> : public PromiseBase {
public:
    Task<void> get_return_object() noexcept;
    static Task<void> get_return_object_on_allocation_failure() noexcept;
    void return_void() {}
    std::expected<void, kernel::Error> take_result() { return {}; }
};

// Owns the frame: an unfinished task that is dropped destroys it, with everything in it.
template<typename T = void>
class [[nodiscard]] Task {
public:
    using promise_type = Promise<T>;
    using Frame = std::coroutine_handle<promise_type>;

    Task() = default;
    explicit Task(Frame frame) : frame_{frame} {}
    Task(Task&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
    Task& operator=(Task&& other) noexcept {
        std::swap(frame_, other.frame_);
        return *this;
    }
    ~Task() {
        if (frame_)
            frame_.destroy();
    }

    // Whether there was no memory for the frame.
    bool is_empty() const { return !frame_; }

    // Gives the frame away; the task is empty then.
    Frame release() { return std::exchange(frame_, nullptr); }

    // Awaiting runs the task to its end. The frame is freed when the awaiting expression is over, not before.
    class Awaiter {
    public:
        explicit Awaiter(Frame frame) : frame_{frame} {}
        bool await_ready() const { return !frame_; }
        void await_suspend(std::coroutine_handle<> awaiting) {
            frame_.promise().set_continuation(awaiting);
            current()->transfer(frame_);
        }
        typename TaskResult<T>::Type await_resume() {
            if (!frame_)
                return std::unexpected{kernel::Error::out_of_memory};
            return frame_.promise().take_result();
        }

    private:
        Frame frame_;
    };
    Awaiter operator co_await() && { return Awaiter{frame_}; }

private:
    Frame frame_;
};

template<typename T>
Task<T> Promise<T>::get_return_object() noexcept {
    return Task<T>{std::coroutine_handle<Promise<T>>::from_promise(*this)};
}
template<typename T>
Task<T> Promise<T>::get_return_object_on_allocation_failure() noexcept {
    return {};
}
inline Task<void> Promise<void>::get_return_object() noexcept {
    return Task<void>{std::coroutine_handle<Promise<void>>::from_promise(*this)};
}
inline Task<void> Promise<void>::get_return_object_on_allocation_failure() noexcept {
    return {};
}

} // namespace event
