#pragma once

#include <cstdint>

namespace event {

// What a blocked event waits for. It is part of the awaiter, hence lies in the innermost frame of the event and dies
// with it; its destructor makes whatever it was registered with forget it.
//
// A wake-up is a hint, not a promise: an event may be polled though its wait is not over (by a waker that was meant for
// an earlier wait, or in stage 2, where every pending event is polled again). So Event::poll asks is_over() first.
class Wait {
public:
    // Whether the event may go on. Interrupts on or off. Must not allocate.
    virtual bool is_over() const = 0;

    // What it is, for reports: "sleep", "mutex". A string literal.
    virtual const char* what() const = 0;

    // The id of the event that alone can end it, for reports: who holds the mutex, whose end is awaited. 0 when that is
    // nobody in particular, or nobody knows. That event may be gone.
    virtual std::uint64_t waits_for() const { return 0; }

    // When it ends by itself, in nanoseconds of arch::now(), for reports; 0: at no such time.
    virtual std::uint64_t until() const { return 0; }

protected:
    Wait() = default;
    ~Wait() = default; // never deleted through this type
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
};

} // namespace event
