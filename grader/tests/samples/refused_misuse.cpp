// Misuse that a static_assert or an access check refuses. Each marked line is one; the rest is right.

// clang-format off: a mark stands in the line that it is about
#include "kernel/event/timeout.hpp"
#include "kernel/sync/condition.hpp"

#include <memory>

namespace {

using event::Task;

Task<int> answer() {
    co_return 42;
}

Task<> await_an_old_sleep() {
    auto deadline = event::sleep_for(1);
    co_await deadline; // refused: await what waits where it is made
}
Task<> race_an_old_sleep(sync::Mutex* mutex) {
    auto deadline = event::sleep_for(1);
    static_cast<void>(co_await event::race(mutex->lock(), deadline)); // refused: make each sleep, lock or the like in the call itself
}
Task<> await_a_task_twice() {
    auto task = answer();
    static_cast<void>(co_await task); // refused: a task is awaited once
}
Task<> race_a_condition(sync::Mutex* mutex, sync::Condition* condition) {
    sync::MutexLock lock = co_await mutex->lock();
    static_cast<void>(co_await event::with_timeout(condition->wait(lock), 1)); // refused: co_await condition.wait_for(lock, nanoseconds)
}
Task<> keep_a_reference(const std::unique_ptr<int>& box) {
    co_await event::yield_now(); // refused: a task takes no const T& and no T&&
}
Task<> keep_what_moves(std::unique_ptr<int>&& box) {
    co_await event::yield_now(); // refused: a task takes no const T& and no T&&
}
void capture() {
    int number = 1;
    auto task = [&number]() -> Task<> {
        co_await event::yield_now(); // refused: write a lambda that is a task as [](…) static -> Task<>
        ++number;
    };
    static_cast<void>(task);
}
void forge(event::Event& event) {
    event::JoinHandle<> handle{event}; // refused: private
    event::Scope scope;
    scope.adopt(event);                                   // refused: private
    static_cast<void>(event::ResultOf<>::take(event));    // refused: too few template arguments
    static_cast<void>(event::ResultOf<int>::take(event)); // refused: private
}

// All of this is right.
struct Member {
    Task<> wait() { co_await event::sleep_for(1); }
};
Task<> use_it_well(sync::Mutex* mutex, sync::Condition* condition, event::JoinHandle<int>* handle, int& number) {
    auto task = answer();
    number = (co_await std::move(task)).value_or(0);
    static_cast<void>(co_await *handle);
    static_cast<void>(co_await event::race(*handle, event::sleep_for(1)));
    static_cast<void>(co_await event::with_timeout(answer(), 1));
    sync::MutexLock lock = co_await mutex->lock();
    static_cast<void>(co_await condition->wait_for(lock, 1));
    static_cast<void>(co_await [](int count) static -> Task<int> { co_return count; }(1));
}

} // namespace
