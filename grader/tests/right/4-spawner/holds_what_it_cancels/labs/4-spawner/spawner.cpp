// Lab 4: spawning, joining, cancelling. The contract is kernel/event/spawner.hpp, and Scope::cancel in
// kernel/event/scope.hpp.

#include "kernel/event/spawner.hpp"

#include "arch/interrupts.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/scope.hpp"
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
    return *event;
    // LAB 4 END
}

// One result, one event that awaits it. Whoever waits for its own end, if only because others wait for each other in
// between, would wait for ever: the running event knows who awaits it, and that one who awaits that.
std::expected<void, kernel::Error> begin_join(Event& target) {
    // LAB 4 BEGIN
    for (const Event* waiting = current(); waiting != nullptr; waiting = waiting->joiner)
        if (waiting == &target)
            return std::unexpected{kernel::Error::deadlock};
    if (target.joiner != nullptr || !target.joinable)
        return std::unexpected{kernel::Error::already_joined};
    target.joiner = current();
    return {};
    // LAB 4 END
}

// The child may have ended before anybody awaited it: then there is nobody to wake, and the joiner will not wait.
void ended(Event& event) {
    // LAB 4 BEGIN
    Event* waiting = event.joiner;
    if (event.sibling.is_linked()) {
        if (!event.sibling.is_alone())
            waiting = nullptr;
        event.sibling.unlink();
        event.joiner = nullptr;
    }
    if (waiting != nullptr)
        wake(*waiting);
    // LAB 4 END
}

// Whichever of the two comes last, the end or the loss of the right to the result, destroys the frames.
void detach(Event& event) {
    // LAB 4 BEGIN
    event.joinable = false;
    if (event.joiner != nullptr)
        wake(*event.joiner);
    if (event.state == State::finished)
        destroy_frames(event);
    event.release();
    // LAB 4 END
}

// A frame must not be destroyed while it runs. Interrupts may wake the event while its frames are being destroyed, and
// their destructors may cancel anything: this event, its joiner, the event that called.
void cancel(Event& event) {
    // LAB 4 BEGIN
    if (event.state == State::finished)
        return;
    if (is_on_stack(event)) {
        event.cancel_requested = true;
        wake(event);
        return;
    }
    const EventReference held{event};
    arch::disable_interrupts();
    const bool was_started = event.state != State::created;
    event.state = State::finished;
    event.node.unlink();
    arch::enable_interrupts();
    destroy_frames(event);
    if (was_started)
        --executor().unfinished;
    ended(event);
    event.release();
    // LAB 4 END
}

// The list changes under the loop: a child leaves it when it ends, and its destructors may end others or add some.
void Scope::cancel() {
    // LAB 4 BEGIN
    Event* child = children_.front();
    while (child != nullptr) {
        const bool stays = child->state == State::finished || is_on_stack(*child);
        event::cancel(*child);
        child = stays ? children_.next(*child) : children_.front();
    }
    // LAB 4 END
}

} // namespace event
