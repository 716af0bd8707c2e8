// Lab 4: spawning, joining, cancelling. The contract is kernel/event/spawner.hpp.

#include "kernel/event/spawner.hpp"

#include "arch/interrupts.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/waker.hpp"
#include "kernel/lib/not_written.hpp"

namespace event {

// Two references from the start: the executor's, given up at the end, and the handle's. Either may go first.
std::expected<Event*, kernel::Error> spawn_frame(std::coroutine_handle<> frame, Priority priority, std::uint32_t pid) {
    // LAB 4 BEGIN
    const auto event = Event::create(frame, priority, pid);
    if (!event)
        return event;
    (*event)->joinable = true;
    (*event)->retain();
    executor().start(**event);
    return event;
    // LAB 4 END
}

// One result, one event that awaits it.
std::expected<void, kernel::Error> begin_join(Event& target) {
    // LAB 4 BEGIN
    if (&target == current())
        return std::unexpected{kernel::Error::deadlock};
    if (target.joiner != nullptr)
        return std::unexpected{kernel::Error::already_joined};
    target.joiner = current();
    return {};
    // LAB 4 END
}

// The child may have ended before anybody awaited it: then there is nobody to wake, and the joiner will not wait.
void ended(Event& event) {
    // LAB 4 BEGIN
    if (event.joiner != nullptr)
        wake(*event.joiner);
    // LAB 4 END
}

// Whichever of the two comes last, the end or the loss of the handle, destroys the frames.
void detach(Event& event) {
    // LAB 4 BEGIN
    event.joinable = false;
    if (event.state == State::finished && event.topmost)
        std::exchange(event.topmost, nullptr).destroy();
    event.release();
    // LAB 4 END
}

// A frame must not be destroyed while it runs. Interrupts may wake the event while its frames are being destroyed.
void cancel(Event& event) {
    // LAB 4 BEGIN
    if (&event == current()) {
        event.cancel_requested = true;
        return;
    }
    {
        arch::InterruptGuard guard;
        if (event.state == State::finished)
            return;
        event.node.unlink();
        event.state = State::finished;
        event.wait = nullptr;
    }
    --executor().unfinished;
    std::exchange(event.topmost, nullptr).destroy();
    ended(event);
    event.release();
    // LAB 4 END
}

} // namespace event
