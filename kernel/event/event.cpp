#include "kernel/event/event.hpp"

#include "arch/interrupts.hpp"
#include "kernel/event/task.hpp"
#include "kernel/lib/panic.hpp"

#include <new>

namespace event {

constinit Event* current_event = nullptr;
constinit kernel::List<Event, &Event::node> reapable;

namespace {

// Of this core. One core runs; a second one would find them through its own GS base.
constinit std::uint64_t last_id = 0;
constinit std::size_t live_count = 0;

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

void free(Event* event) {
    KASSERT(!event->topmost);             // its frames are destroyed
    KASSERT(!event->node.is_linked());    // it is in no queue
    KASSERT(!event->sibling.is_linked()); // and in no scope
    --live_count;
    delete event;
}

} // namespace

Event::Event(std::coroutine_handle<> frame, Priority own, std::uint32_t process)
    : topmost{frame}, resume_point{frame}, id{++last_id}, pid{process}, priority{own}, level{own}, state{id} {
    ++live_count;
}

std::expected<Event*, kernel::Error> Event::create(std::coroutine_handle<> frame, Priority priority,
                                                   std::uint32_t pid) {
    if (!frame)
        return std::unexpected{kernel::Error::out_of_memory};
    void* memory = ::operator new(sizeof(Event), std::nothrow);
    if (memory == nullptr) {
        frame.destroy();
        return std::unexpected{kernel::Error::out_of_memory};
    }
    return new (memory) Event{frame, priority, pid};
}

void Event::release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) != 1)
        return;
    if (!arch::in_interrupt_handler())
        return free(this);
    reapable.push_back(*this);
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

std::size_t live_events() {
    return live_count;
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
        free(event);
    }
}

} // namespace event
