#pragma once

#include "kernel/event/poll.hpp"
#include "kernel/event/state.hpp"
#include "kernel/lib/error.hpp"
#include "kernel/lib/list.hpp"
#include "kernel/mm/new.hpp"

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <expected>
#include <new>
#include <utility>

namespace event {

class Wait;

// Higher runs first; executor.hpp says what that means.
enum class Priority : std::uint8_t { background, low, normal, high };
inline constexpr unsigned PRIORITY_COUNT = 4;

// The unit of work: a topmost task and its scheduling context. Members belong to the layer that is named; the others
// read them. An event is counted (retain, release): the executor holds one reference from creation to end, and every
// waker and join handle one. Its frames are gone before it is.
struct Event {
    // An event for the task whose frame is `frame`, which it takes over; state created, one reference. One allocation.
    // out_of_memory when there is none left, or when `frame` is null because there was none for it; the frame is
    // destroyed then.
    static std::expected<Event*, kernel::Error> create(std::coroutine_handle<> frame,
                                                       Priority priority = Priority::normal, std::uint32_t pid = 0);

    // Runs the event on this stack, from its resume point to where it next waits or ends. Gives `ready` when the
    // topmost frame has ended (it is suspended at its end then, and not destroyed), else `pending`. Does nothing but
    // give `pending` while its wait is not over. current() is this event meanwhile. The stack does not grow with the
    // number nor the depth of awaits. Interrupts on; not from a handler; in state running or woken. Implemented by the
    // student: labs/2-executor/executor.cpp.
    Poll poll();

    // Takes a reference; any context.
    void retain() { references.fetch_add(1, std::memory_order_relaxed); }
    // Gives one back, and the event's memory with the last. Any context: in a handler, which may not free, the memory
    // waits for the executor (reap).
    void release() {
        if constexpr (TRACING || __STDC_HOSTED__ == 1)
            KASSERT(references != 0); // nobody gives back more than was taken
        if (references.fetch_sub(1, std::memory_order_acq_rel) == 1)
            release_memory();
    }

    // For Task. The running frame has suspended itself: poll goes on with `frame`, or with null returns ready.
    void transfer(std::coroutine_handle<> frame) {
        resume_point = frame;
        transferred = true;
    }

    // Layer 2: what is polled, and its place in a run queue.
    kernel::ListNode node;                // in a run queue while ready, in the blocked set while blocked
    std::coroutine_handle<> topmost;      // the outermost frame; null once it is destroyed
    std::coroutine_handle<> resume_point; // the innermost suspended frame; null once the topmost has ended
    const Wait* wait = nullptr;           // what it waits for, part of the innermost frame; null: only for its turn
    std::uint64_t id;                     // never used again
    std::uint64_t queued_at = 0;          // Executor::polls when it came to its queue, for ageing
    std::uint32_t pid;                    // the process that it runs, 0 for a kernel event
    std::uint32_t polls = 0;              // how often it was polled
    Priority priority;                    // its own
    Priority level;                       // of the queue that it is in: its own or, aged, a higher one
    bool transferred = false;             // set by transfer, cleared by poll

    // Layer 3.
    EventState state;

    // Layer 4.
    bool joinable = false;         // its result may yet be taken: in the topmost frame, it must outlive the end
    bool cancel_requested = false; // it could not be cancelled at once: the executor does it after its next poll
    Event* joiner = nullptr;       // the event that awaits the end of this one, or owns the scope that it is in
    kernel::ListNode sibling;      // among the children of its scope (scope.hpp), if it is in one

    std::atomic<std::uint32_t> references{1};

    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    // For release and reap.
    void release_memory();

private:
    Event(std::coroutine_handle<> frame, Priority own, std::uint32_t process);
};

// Of this core. One core runs; a second one would find them through its own GS base. In place, as are the functions
// that use them, since every turn needs those, or every spawn; so are executor() and its like.
extern constinit Event* current_event;
extern constinit std::uint64_t last_id;
extern constinit std::size_t live_count;

inline Event::Event(std::coroutine_handle<> frame, Priority own, std::uint32_t process)
    : topmost{frame}, resume_point{frame}, id{++last_id}, pid{process}, priority{own}, level{own}, state{*this} {
    ++live_count;
}

inline std::expected<Event*, kernel::Error> Event::create(std::coroutine_handle<> frame, Priority priority,
                                                          std::uint32_t pid) {
    if (!frame)
        return std::unexpected{kernel::Error::out_of_memory};
    void* memory = heap::obtain(sizeof(Event));
    if (memory == nullptr) {
        frame.destroy();
        return std::unexpected{kernel::Error::out_of_memory};
    }
    return new (memory) Event{frame, priority, pid};
}

// The event that this core polls now; null outside of a poll. Any context; a handler sees the one that it interrupted.
inline Event* current() {
    return current_event;
}

// Sets it and returns the one before. For Event::poll.
inline Event* set_current(Event* event) {
    if (event != nullptr)
        event->state.note_poll();
    return std::exchange(current_event, event);
}

// Events that were created and have not been released for the last time, or have in a handler and wait for reap.
inline std::size_t live_events() {
    return live_count;
}

// Destroys the frames of a finished event, the innermost first as in a return from them all, and the result in them
// too; nothing when they are gone. Their destructors may do whatever an event may, but wait. Takes the same stack
// however deep the awaits are, and however long a chain of events that have ended, each with the only join handle of
// the next in its parameters or its result: of more than a few, the next one's frames are destroyed when those of the
// one before are gone, not during that. Not from a handler.
void destroy_frames(Event& event);

// Whether code of `event`, or of an event in a scope of it, or in a scope of that one, is on this core's stack: it is
// being polled, or its frames are being destroyed. What such code refers to must not be destroyed under it.
bool is_on_stack(const Event& event);

// Released for the last time in a handler, to be freed by reap.
extern constinit kernel::List<Event, &Event::node> reapable;

// Frees the events that were released for the last time in an interrupt handler. The executor calls it; interrupts on.
void free_reapable();
inline void reap() {
    if (!reapable.is_empty())
        free_reapable();
}

// A counted reference to an event, or none.
class EventReference {
public:
    EventReference() = default;
    explicit EventReference(Event& event) : event_{&event} { event.retain(); }
    EventReference(const EventReference& other) : event_{other.event_} {
        if (event_ != nullptr)
            event_->retain();
    }
    EventReference(EventReference&& other) noexcept : event_{std::exchange(other.event_, nullptr)} {}
    EventReference& operator=(EventReference other) noexcept {
        std::swap(event_, other.event_);
        return *this;
    }
    ~EventReference() {
        if (event_ != nullptr)
            event_->release();
    }

    Event* get() const { return event_; }
    Event* operator->() const { return event_; }
    explicit operator bool() const { return event_ != nullptr; }

private:
    Event* event_ = nullptr;
};

} // namespace event
