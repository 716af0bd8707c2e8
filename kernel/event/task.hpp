#pragma once

#include "kernel/event/event.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/mm/heap.hpp"
#include "kernel/mm/new.hpp"

#include <new>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

// Task<T>: a function that may wait. Lazy: nothing of it runs until it is awaited, or is made an event and polled. Its
// frame lies on the kernel heap.
//
//     Task<int> answer() { co_await sleep_for(1'000); co_return 42; }
//     Task<> ask() { std::expected<int, Error> result = co_await answer(); … }
//
// Parameters are copied or moved into the frame, which may live on when the caller's statement is over. So none may be
// a const T& or a T&&, which may refer to what is gone by then (nor may a member coroutine be const); and a lambda that
// is a task is static, so that it captures nothing. What does not compile for these reasons says so.
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
//
// How frames go (the same, backwards): the awaiter in the awaiting frame owns the awaited one. An event that ends early
// is unwound like that, the innermost frame first, one after the other: destroy_chain.
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

// One frame awaits another; lies in the awaiting one, and owns the awaited one until the awaiting expression is over.
struct Await {
    std::coroutine_handle<> awaited; // null: there was no memory for it, or it is destroyed
    std::coroutine_handle<> awaiting;
};

// What all frames of tasks have in common.
class PromiseBase {
public:
    // Frames come from the heap, and there may be none: then the call of the coroutine gives an empty task. One that
    // holds something of a greater alignment over a co_await has that alignment (-fcoro-aligned-allocation).
    static void* operator new(std::size_t bytes, std::align_val_t alignment) noexcept {
        if (alignment <= std::align_val_t{heap::MINIMUM_ALIGNMENT}) [[likely]]
            return heap::obtain(bytes);
        return ::operator new(bytes, alignment, std::nothrow);
    }
    static void operator delete(void* frame, std::size_t bytes, std::align_val_t alignment) noexcept {
        if (alignment <= std::align_val_t{heap::MINIMUM_ALIGNMENT}) [[likely]]
            heap::recycle(frame, bytes);
        else
            ::operator delete(frame, alignment);
    }

    std::suspend_always initial_suspend() noexcept { return {}; }
    [[noreturn]] void unhandled_exception() noexcept { __builtin_trap(); } // built without exceptions

    struct FinalAwaiter {
        bool await_ready() noexcept { return false; }
        template<typename P>
        void await_suspend(std::coroutine_handle<P> frame) noexcept {
            current()->transfer(frame.promise().continuation());
        }
        void await_resume() noexcept {}
    };
    FinalAwaiter final_suspend() noexcept { return {}; }

    void set_await(Await& await) { await_ = &await; }
    // The frame that awaits this one; null for the topmost.
    std::coroutine_handle<> continuation() const { return await_ != nullptr ? await_->awaiting : nullptr; }

    // Destroys a suspended frame of a task, then the one that awaits it, and so on to the topmost: what a frame refers
    // to in those that await it is there until it is gone. Each awaiter finds that its frame is gone already, so the
    // stack does not grow with the depth of the chain.
    static void destroy_chain(std::coroutine_handle<> innermost);

    // Every co_await of a task comes by here. A traced build notes the line that it stands in.
    template<typename A>
    A&& await_transform(A&& awaited, std::source_location where = std::source_location::current()) noexcept {
        using Awaited = std::remove_cvref_t<A>;
        static_assert(!(std::is_lvalue_reference_v<A> && requires(Awaited& each) { each.await_ready(); }),
                      "await what waits where it is made, as in co_await sleep_for(1): one that is awaited a second "
                      "time is not new any more");
        static_assert(
            !std::is_lvalue_reference_v<A> || !requires(Awaited task) { task.is_empty(), task.release(); },
            "a task is awaited once, and is gone then: co_await std::move(task)");
        awaiting_at_ = where;
        return std::forward<A>(awaited);
    }

    // Of a traced build: the latest co_await of this frame, which is where it waits if it is suspended; line 0 before
    // the first. Else always line 0.
    std::source_location awaiting_at() const { return awaiting_at_; }

private:
    // Eight bytes a frame, which only a traced build pays.
    struct NoPlace {
        NoPlace& operator=(std::source_location) { return *this; }
        operator std::source_location() const { return {}; }
    };

    Await* await_ = nullptr; // null for the topmost frame
    [[no_unique_address]] std::conditional_t<TRACING, std::source_location, NoPlace> awaiting_at_;
};

// Where a frame has its promise, whatever its type: no promise is aligned to more than the heap aligns frames to.
inline constexpr std::size_t FRAME_ALIGNMENT = heap::MINIMUM_ALIGNMENT;
inline PromiseBase& promise_of(std::coroutine_handle<> frame) {
    return std::coroutine_handle<PromiseBase>::from_address(frame.address()).promise();
}

inline void PromiseBase::destroy_chain(std::coroutine_handle<> frame) {
    while (frame) {
        Await* const await = promise_of(frame).await_;
        const auto next = promise_of(frame).continuation();
        if (await != nullptr)
            await->awaited = nullptr;
        frame.destroy();
        frame = next;
    }
}

template<typename T>
class Promise : public PromiseBase {
public:
    using Result = typename TaskResult<T>::Type;

    Task<T> get_return_object() noexcept;
    static Task<T> get_return_object_on_allocation_failure() noexcept;

    template<typename U = T>
    void return_value(U&& value) {
        result_.emplace(std::forward<U>(value));
    }
    Result take_result() {
        KASSERT(result_); // the task has come to a co_return
        return std::move(*result_);
    }

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
        explicit Awaiter(Frame frame) : await_{frame, nullptr} {}
        Awaiter(const Awaiter&) = delete;
        Awaiter& operator=(const Awaiter&) = delete;
        ~Awaiter() {
            if (await_.awaited)
                await_.awaited.destroy();
        }

        bool await_ready() const { return !await_.awaited; }
        void await_suspend(std::coroutine_handle<> awaiting) {
            await_.awaiting = awaiting;
            promise_of(await_.awaited).set_await(await_);
            current()->transfer(await_.awaited);
        }
        // Also of a Task<void>: there may have been no memory for it.
        [[nodiscard]] typename TaskResult<T>::Type await_resume() {
            if (!await_.awaited)
                return std::unexpected{kernel::Error::out_of_memory};
            return Frame::from_address(await_.awaited.address()).promise().take_result();
        }

    private:
        Await await_;
    };
    Awaiter operator co_await() && { return Awaiter{release()}; }

private:
    Frame frame_;
};

template<typename T>
Task<T> Promise<T>::get_return_object() noexcept {
    static_assert(alignof(Promise) <= FRAME_ALIGNMENT);
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

// What a task may take. A temporary binds to these, and is gone before the task runs.
namespace event {

template<typename T>
concept BindsTemporaries =
    std::is_rvalue_reference_v<T> || (std::is_lvalue_reference_v<T> && std::is_const_v<std::remove_reference_t<T>>);
// Where the body of a lambda begins, its closure is not complete yet.
template<typename T>
concept IsComplete = requires { sizeof(std::remove_cvref_t<T>); };

} // namespace event
template<typename T, typename... A>
struct std::coroutine_traits<event::Task<T>, A...> {
    static_assert((event::IsComplete<A> && ...),
                  "write a lambda that is a task as [](…) static -> Task<>: one that captures would be gone, with all "
                  "that it captured, before the task has run. Pass what it needs as parameters");
    static_assert(
        (!(event::BindsTemporaries<A> && event::IsComplete<A>) && ...),
        "a task takes no const T& and no T&&: what they refer to may be gone before the task has run. Take it "
        "by value, or by pointer if it lives longer");
    using promise_type = event::Promise<T>;
};
