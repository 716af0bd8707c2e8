// A plain answer to lab 3's timer queue: a list in order of deadlines. Right, and slow with many sleepers: it is what
// the functional tests must pass and the two indexes must not.

#include "kernel/event/timer.hpp"

#include "arch/clock.hpp"
#include "kernel/event/waker.hpp"

namespace event {

namespace {

constinit kernel::List<Timer, &Timer::node> queue;

void arm() {
    if (queue.is_empty())
        arch::disarm_timer();
    else
        arch::arm_timer(queue.front()->deadline);
}

} // namespace

void add_timer(Timer& timer) {
    timer.is_queued = true;
    Timer* position = queue.front();
    while (position != nullptr && position->deadline <= timer.deadline)
        position = queue.next(*position);
    if (position != nullptr)
        queue.insert_before(*position, timer);
    else
        queue.push_back(timer);
    if (queue.front() == &timer)
        arm();
}

void remove_timer(Timer& timer) {
    if (!timer.is_queued)
        return;
    timer.is_queued = false;
    const bool was_first = queue.front() == &timer;
    timer.node.unlink();
    if (was_first)
        arm();
}

void expire_timers(std::uint64_t now) {
    while (!queue.is_empty() && queue.front()->deadline <= now) {
        Timer& timer = *queue.front();
        timer.is_queued = false;
        timer.node.unlink();
        wake(*timer.event);
    }
    arm();
}

} // namespace event
