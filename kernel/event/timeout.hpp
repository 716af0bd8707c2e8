#pragma once

#include "kernel/event/race.hpp"
#include "kernel/event/sleep.hpp"

namespace event {

// What with_timeout gives: a race against a sleep.
template<typename A>
class [[nodiscard]] Timeout {
    using Given = typename Racer<A>::Result;
    static constexpr bool IS_VOID = std::is_same_v<Given, std::monostate>;

public:
    using Result = typename TaskResult<std::conditional_t<IS_VOID, void, Given>>::Type;

    Timeout(A&& racer, std::uint64_t nanoseconds)
        : sleep_{sleep_for(nanoseconds)}, race_{std::forward<A>(racer), std::move(sleep_)} {}

    bool await_ready() { return race_.await_ready(); }
    bool await_suspend(std::coroutine_handle<> frame) { return race_.await_suspend(frame); }
    Result await_resume() {
        auto result = race_.await_resume();
        Given* const given = std::get_if<0>(&result);
        if (given == nullptr)
            return std::unexpected{kernel::Error::timed_out};
        if constexpr (IS_VOID)
            return {};
        else
            return std::move(*given);
    }
    bool is_over() const { return race_.is_over(); }
    void lose() { race_.lose(); }

private:
    Sleep sleep_;
    Race<A, Sleep> race_;
};

// co_await with_timeout(task, nanoseconds): the task's result, or timed_out. What is given may be whatever may race
// (race.hpp), and is ended by the time-out as a loser is. What is over when the time is, wins.
template<typename A>
Timeout<A> with_timeout([[clang::lifetimebound]] A&& racer, std::uint64_t nanoseconds) {
    return Timeout<A>{std::forward<A>(racer), nanoseconds};
}

} // namespace event
