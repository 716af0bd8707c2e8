#pragma once

#include "kernel/event/child.hpp"

#include <tuple>
#include <type_traits>
#include <variant>

// Waiting for whichever comes first.
namespace event {

// One that races: what it is waited for with, and its result (std::monostate for none).
template<typename A>
class Racer {
    using Awaited = std::remove_cvref_t<A>;
    static_assert(!(std::is_lvalue_reference_v<A> && requires(Awaited& each) { each.await_ready(); }),
                  "make each sleep, lock or the like in the call itself, as in race(sleep_for(1), mutex.lock()): one "
                  "that is awaited a second time is not new any more");
    static_assert(
        !std::is_lvalue_reference_v<A> || !requires(Awaited task) { task.is_empty(), task.release(); },
        "a task is moved into a race: race(std::move(task), …)");
    static_assert(
        !requires { requires !Awaited::MAY_RACE; },
        "condition.wait(lock) takes part in no race and no time-out: it would go on without the mutex when it "
        "loses. With a time-out: co_await condition.wait_for(lock, nanoseconds)");

    static decltype(auto) awaiter_of(A&& racer) {
        if constexpr (requires { std::forward<A>(racer).operator co_await(); })
            return std::forward<A>(racer).operator co_await();
        else
            return static_cast<std::remove_reference_t<A>&>(racer);
    }
    decltype(awaiter_of(std::declval<A>())) awaiter_;

public:
    using Given = decltype(awaiter_.await_resume());
    using Result = std::conditional_t<std::is_void_v<Given>, std::monostate, Given>;

    explicit Racer(A&& racer) : awaiter_(awaiter_of(std::forward<A>(racer))) {}

    bool is_ready() { return awaiter_.await_ready(); }
    // Whether there is anything to wait for.
    bool suspend(std::coroutine_handle<> frame) {
        if constexpr (std::is_void_v<decltype(awaiter_.await_suspend(frame))>) {
            awaiter_.await_suspend(frame);
            return true;
        } else {
            return awaiter_.await_suspend(frame);
        }
    }
    bool is_over() const { return awaiter_.is_over(); }
    Result result() {
        if constexpr (std::is_void_v<Given>)
            return awaiter_.await_resume(), std::monostate{};
        else
            return awaiter_.await_resume();
    }
    void lose() {
        if constexpr (requires { awaiter_.lose(); })
            awaiter_.lose();
    }
};

// A task races as an event of its own.
template<typename T>
class Racer<Task<T>> {
public:
    using Result = typename TaskResult<T>::Type;

    explicit Racer(Task<T>&& task) : child_{std::move(task)} {}

    bool is_ready() { return child_.await_ready(); }
    bool suspend(std::coroutine_handle<> frame) {
        child_.await_suspend(frame);
        return true;
    }
    bool is_over() const { return child_.is_over(); }
    Result result() { return child_.await_resume(); }
    void lose() { child_.lose(); }

private:
    Child<T> child_;
};

// What race gives.
template<typename... A>
class [[nodiscard]] Race final : public Wait {
public:
    using Result = std::variant<typename Racer<A>::Result...>;

    explicit Race(A&&... racers) : racers_(std::forward<A>(racers)...) {}
    ~Race() { lose(); }

    // The first that is ready has won, and those behind it are not begun.
    bool await_ready() {
        return find([](auto& racer) { return racer.is_ready(); });
    }
    bool await_suspend(std::coroutine_handle<> frame) {
        if (find([frame](auto& racer) { return !racer.suspend(frame); }))
            return false;
        current()->wait = this;
        return true;
    }
    // This is where the one winner is chosen, and the event that does it runs: nothing can come between.
    Result await_resume() {
        current()->wait = nullptr;
        KASSERT(winner_ != NONE || find([](auto& racer) { return racer.is_over(); }));
        std::size_t index = 0;
        each([&](auto& racer) {
            if (index++ != winner_)
                racer.lose();
        });
        return result<0>();
    }

    // Ends all of them, as when another race that this one took part in is over.
    void lose() {
        each([](auto& racer) { racer.lose(); });
    }

    bool is_over() const override {
        return std::apply([](const auto&... racer) { return (racer.is_over() || ...); }, racers_);
    }
    const char* what() const override { return "race"; }

private:
    static constexpr std::size_t NONE = sizeof...(A);

    void each(auto&& action) {
        std::apply([&](auto&... racer) { (action(racer), ...); }, racers_);
    }
    // The first for which `condition` holds is the winner. Whether there is one.
    bool find(auto&& condition) {
        std::size_t index = 0;
        each([&](auto& racer) {
            if (winner_ == NONE && condition(racer))
                winner_ = index;
            ++index;
        });
        return winner_ != NONE;
    }
    template<std::size_t index>
    Result result() {
        if constexpr (index + 1 < NONE)
            if (index != winner_)
                return result<index + 1>();
        return Result{std::in_place_index<index>, std::get<index>(racers_).result()};
    }

    std::tuple<Racer<A>...> racers_;
    std::size_t winner_ = NONE;
};

// co_await race(…): waits until one of several is over, and gives its result: a variant whose index tells which. Each
// is a Task, a join handle, or an awaiter that is a Wait (a sleep, a lock), made in this call. Exactly one wins: the
// event looks at them in the order of the arguments, when the race begins and when it goes on, and the first that it
// finds over wins. (One that a handler ends after it was looked at comes too late, even if a later one wins.) All
// others are ended before the event goes on: tasks are cancelled and a result that they may have is dropped, awaiters
// forget what they waited for when the whole expression is over, a handle is as it was. Allocates for tasks only; a
// task that finds no memory is over, with out_of_memory. To be awaited in the expression that makes it.
template<typename... A>
    requires(sizeof...(A) >= 2)
Race<A...> race([[clang::lifetimebound]] A&&... racers) {
    return Race<A...>{std::forward<A>(racers)...};
}

} // namespace event
