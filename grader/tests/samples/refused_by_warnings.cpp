// Misuse that a warning finds which the Makefile makes an error. Each marked line is one; the rest is right.

// clang-format off: a mark stands in the line that it is about
#include "kernel/event/timeout.hpp"
#include "kernel/sync/mutex.hpp"

namespace {

using event::Task;

Task<int> answer() {
    co_return 42;
}
Task<int> forget_to_answer() {
    co_await event::yield_now();
} // refused: non-void coroutine does not return a value

} // namespace

Task<> store_a_race(sync::Mutex* mutex) {
    auto race =
        event::race(mutex->lock(), event::sleep_for(1)); // refused: will be destroyed at the end of the full-expression
    static_cast<void>(co_await std::move(race));
}
Task<> store_a_time_out(sync::Mutex* mutex) {
    auto time_out =
        event::with_timeout(mutex->lock(), 1); // refused: will be destroyed at the end of the full-expression
    static_cast<void>(co_await std::move(time_out));
}
Task<> drop_an_error() {
    co_await answer(); // refused: ignoring return value
    event::Scope scope;
    scope.spawn(answer()); // refused: ignoring return value
    event::spawn(answer()); // refused: ignoring return value
    static_cast<void>(co_await forget_to_answer());
}
