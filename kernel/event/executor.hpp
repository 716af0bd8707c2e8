#pragma once

#include "arch/interrupts.hpp"
#include "kernel/event/event.hpp"

namespace event {

// An event that waits in its queue for this many polls of others moves to the queue above.
inline constexpr std::uint64_t AGEING_POLLS = 64;

// Polls events until they are ready: one a core, and nothing else runs kernel code there but interrupt handlers.
//
// Order. A higher queue goes before a lower one; within a queue the one that came first goes first (round robin, since
// a pending event comes back at the end). An event comes to the queue of its own priority. When the executor takes the
// next event, the first of each queue that has waited for AGEING_POLLS polls or more since it came there moves to the
// end of the queue above, and its waiting begins anew. So a ready event is polled after at most PRIORITY_COUNT *
// (AGEING_POLLS + ready events) polls of others. Once polled, it comes to the queue of its own priority again.
//
// Implemented by the student: labs/2-executor/executor.cpp.
struct Executor {
    // (1), (4), (6): makes the event ready and queues it. The caller has made sure that it is in no queue and not
    // finished. Any context, interrupts off. Never allocates.
    void schedule(Event& event);

    // (2): takes the next event out of its queue and makes it running; null when none is ready. Interrupts off.
    Event* take_next();

    // Polls the next event once, and counts that before: in `polls`, and in the event's own. Then finishes it if it has
    // ended, cancels it if it asked for that meanwhile (cancel_requested; cancel in spawner.hpp), else parks it
    // (waker.hpp). False when none was ready. Interrupts on; not from a handler, nor from an event.
    bool run_once();

    // (7): an event whose topmost frame has ended. Makes it finished, destroys its frames (destroy_frames) unless a
    // join handle still needs them (joinable), tells whoever waits for it (ended, spawner.hpp), and gives up the
    // executor's reference. The event may be gone when this returns. Interrupts on.
    void finish(Event& event);

    // Given. (1) for an event that was just created. Interrupts on; not from a handler.
    void start(Event& event);

    // Given. Polls, and idles (waker.hpp) while nothing is ready, until every event has ended. Interrupts on.
    void run();

    kernel::List<Event, &Event::node> queues[PRIORITY_COUNT]; // ready events, by level
    std::uint32_t may_hold = 0;                               // a bit for each queue; layer 2's, to use or not
    kernel::List<Event, &Event::node> blocked;                // blocked events, in no order
    std::uint64_t polls = 0;                                  // made so far
    std::size_t unfinished = 0;                               // events that were started and have not ended
};

// This core's. Any context.
extern constinit Executor this_executor;
inline Executor& executor() {
    return this_executor;
}

inline void Executor::start(Event& event) {
    ++unfinished;
    arch::disable_interrupts();
    schedule(event);
    arch::enable_interrupts();
}

// Has the machine's timer expire timers, and events in the report of a panic. Interrupts off.
void initialise();

} // namespace event
