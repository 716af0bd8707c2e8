#pragma once

#include "arch/interrupts.hpp"
#include "kernel/event/event.hpp"
#include "kernel/event/wait.hpp"
#include "kernel/event/waker.hpp"
#include "kernel/lib/panic.hpp"

// What every primitive of sync stands on: events that wait in a line, first come first served.
//
//     waiting --(1) granted: taken out of the line, woken--> granted --(2) polled--> resumed
//        \--(3) cancelled: unlinked                             \--(4) cancelled: the grant goes to the next
//
// Whoever grants hands the thing itself over and wakes; it never resumes the other. So nobody who comes later can get
// in between, and a grant that is never used (4) must be passed on: the awaiter's destructor does that.
namespace sync {

// One event's place in a line. Lies in the awaiter, so waiting allocates nothing.
class Waiter : public event::Wait {
public:
    bool is_over() const final { return granted_; }

protected:
    Waiter() = default;
    ~Waiter() { // (3)
        if (!node_.is_linked())
            return; // and nobody will link it
        arch::InterruptGuard guard;
        leave_line();
    }
    // (3), and whether it is (4), for the destructor of the primitive's awaiter, which passes an unused grant on. Both
    // in one piece, interrupts off: in between, a handler could grant what nobody would pass on.
    bool leave_line() {
        node_.unlink();
        return has_unused_grant();
    }
    // (2), for await_resume.
    void resume() {
        event::current()->wait = nullptr;
        resumed_ = true;
    }
    bool has_resumed() const { return resumed_; }
    bool has_unused_grant() const { return granted_ && !resumed_; }

private:
    friend class WaitQueue;
    kernel::ListNode node_;
    event::Event* event_ = nullptr;
    bool granted_ = false;
    bool resumed_ = false;
};

// The line. Interrupts off for all of it, if handlers may have to do with what it is for.
class WaitQueue {
public:
    constexpr WaitQueue() = default;
    ~WaitQueue() { KASSERT(is_empty()); }

    bool is_empty() const { return waiters_.is_empty(); }

    // The running event waits at the end of the line; its await_suspend then gives true.
    void wait(Waiter& waiter) {
        KASSERT(!waiter.granted_); // an awaiter is awaited once
        waiter.event_ = event::current();
        waiter.event_->wait = &waiter;
        waiters_.push_back(waiter);
    }

    // (1) for the first in line. False when there is none.
    bool grant_first() {
        Waiter* first = waiters_.pop_front();
        if (first == nullptr)
            return false;
        grant(*first);
        return true;
    }

    // Null when there is none.
    Waiter* first() const { return waiters_.front(); }

    // The first in line goes to the end of another line; null when there is none.
    Waiter* take_first() { return waiters_.pop_front(); }
    void append(Waiter& waiter) { waiters_.push_back(waiter); }

    // (1) for a waiter that is in no line any more.
    static void grant(Waiter& waiter) {
        waiter.granted_ = true;
        event::wake(*waiter.event_);
    }

private:
    kernel::List<Waiter, &Waiter::node_> waiters_;
};

} // namespace sync
