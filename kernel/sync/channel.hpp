#pragma once

#include "kernel/lib/error.hpp"
#include "kernel/sync/wait_queue.hpp"

#include <cstddef>
#include <expected>
#include <optional>
#include <utility>

namespace sync {

// Values from some events to others, in order, at most `capacity` under way. What is handed over is the right to a
// value or to a place; the value itself stays in the channel until its receiver runs, so a receiver that is cancelled
// loses none: its right goes to the next. Closing takes no right away. Not for handlers, but try_send is. Nobody may
// wait when it dies.
template<typename T, std::size_t capacity>
class Channel {
    static_assert(capacity > 0);

public:
    class [[nodiscard]] Sending final : public Waiter {
    public:
        Sending(Channel& channel, T&& value) : channel_{channel}, value_{std::move(value)} {}
        ~Sending() {
            arch::InterruptGuard guard;
            if (leave_line())
                channel_.add_place();
        }
        bool await_ready() const { return false; }
        bool await_suspend(std::coroutine_handle<>) {
            arch::InterruptGuard guard;
            if (channel_.is_closed_ || channel_.take_place())
                return false;
            channel_.senders_.wait(*this);
            return true;
        }
        // `closed` when nobody will receive it; the value is gone then.
        std::expected<void, kernel::Error> await_resume() {
            arch::InterruptGuard guard;
            resume();
            if (channel_.is_closed_)
                return std::unexpected{kernel::Error::closed};
            channel_.put(std::move(value_));
            return {};
        }
        const char* what() const override { return "channel to have room"; }

    private:
        Channel& channel_;
        T value_;
    };

    class [[nodiscard]] Receiving final : public Waiter {
    public:
        explicit Receiving(Channel& channel) : channel_{channel} {}
        ~Receiving() {
            arch::InterruptGuard guard;
            if (leave_line() && !found_closed_)
                channel_.add_value();
        }
        bool await_ready() const { return false; }
        bool await_suspend(std::coroutine_handle<>) {
            arch::InterruptGuard guard;
            if (channel_.take_value())
                return false;
            found_closed_ = channel_.is_closed_;
            if (found_closed_)
                return false;
            channel_.receivers_.wait(*this);
            return true;
        }
        // `closed` when it is, and all that was sent before has been received or is another's by right.
        std::expected<T, kernel::Error> await_resume() {
            arch::InterruptGuard guard;
            resume();
            if (found_closed_)
                return std::unexpected{kernel::Error::closed};
            return channel_.get();
        }
        const char* what() const override { return "channel to have a value"; }

    private:
        friend class Channel;
        Channel& channel_;
        bool found_closed_ = false; // it goes on without the right to a value
    };

    Sending send(T value) { return Sending{*this, std::move(value)}; }
    Receiving receive() { return Receiving{*this}; }

    // Without waiting; false when it is full or closed. Any context, if moving a T allocates nothing.
    [[nodiscard]] bool try_send(T value) {
        arch::InterruptGuard guard;
        if (is_closed_ || !take_place())
            return false;
        put(std::move(value));
        return true;
    }

    // No more is sent; what is under way can still be received. All that wait go on and find out.
    void close() {
        arch::InterruptGuard guard;
        is_closed_ = true;
        while (Waiter* const receiver = receivers_.first()) { // only Receivings wait here
            static_cast<Receiving*>(receiver)->found_closed_ = true;
            receivers_.grant_first();
        }
        while (senders_.grant_first()) {
        }
    }
    bool is_closed() const { return is_closed_; }
    std::size_t size() const { return count_; }

private:
    // Places and values that are nobody's yet. Interrupts off.
    bool take_place() { return places_ > 0 && (--places_, true); }
    bool take_value() { return values_ > 0 && (--values_, true); }
    void add_place() { places_ += senders_.grant_first() ? 0 : 1; }
    void add_value() { values_ += receivers_.grant_first() ? 0 : 1; }

    void put(T&& value) {
        ring_[(first_ + count_++) % capacity].emplace(std::move(value));
        add_value();
    }
    T get() {
        std::optional<T>& place = ring_[first_];
        T value = std::move(*place);
        place.reset();
        first_ = (first_ + 1) % capacity;
        --count_;
        add_place();
        return value;
    }

    std::optional<T> ring_[capacity];
    std::size_t first_ = 0;
    std::size_t count_ = 0;         // in the ring
    std::size_t values_ = 0;        // of these, promised to no receiver
    std::size_t places_ = capacity; // free, and promised to no sender
    WaitQueue senders_;
    WaitQueue receivers_;
    bool is_closed_ = false;
};

} // namespace sync
