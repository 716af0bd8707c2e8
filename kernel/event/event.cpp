#include "kernel/event/event.hpp"

#include "arch/handler.hpp"
#include "arch/interrupts.hpp"
#include "kernel/event/task.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/mm/new.hpp"

namespace event {

constinit Event* current_event = nullptr;
constinit kernel::List<Event, &Event::node> reapable;

constinit std::uint64_t last_id = 0;
constinit std::size_t live_count = 0;

namespace {

// Frames that are being destroyed on this core's stack, the latest first.
struct Destruction {
    const Event& event;
    const Destruction* before;
};
constinit const Destruction* destructions = nullptr;

// Whether `inner` is `outer`, or in a scope of it at any depth.
bool lies_within(const Event* inner, const Event& outer) {
    while (inner != nullptr && inner != &outer)
        inner = inner->sibling.is_linked() ? inner->joiner : nullptr;
    return inner != nullptr;
}

} // namespace

void Event::release_memory() {
    if (arch::runs_handler()) [[unlikely]]
        return reapable.push_back(*this);
    KASSERT(!topmost);             // its frames are destroyed
    KASSERT(!node.is_linked());    // it is in no queue
    KASSERT(!sibling.is_linked()); // and in no scope
    --live_count;
    this->~Event();
    heap::recycle(this, sizeof(Event));
}

void destroy_frames(Event& event) {
    if (!event.topmost)
        return;
    const Destruction destruction{event, std::exchange(destructions, &destruction)};
    const auto topmost = std::exchange(event.topmost, nullptr);
    PromiseBase::destroy_chain(event.resume_point ? event.resume_point : topmost);
    destructions = destruction.before;
}

bool is_on_stack(const Event& event) {
    bool found = lies_within(current_event, event);
    for (const Destruction* each = destructions; each != nullptr && !found; each = each->before)
        found = lies_within(&each->event, event);
    return found;
}

void free_reapable() {
    for (;;) {
        Event* event;
        {
            arch::InterruptGuard guard;
            event = reapable.pop_front();
        }
        if (event == nullptr)
            return;
        event->release_memory();
    }
}

} // namespace event
