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
    unsigned results; // so many in a row, this one the last, are of events that had ended by themselves
};
constinit const Destruction* destructions = nullptr;

// Results that were given up by the destructors of results, so deep that the stack should bear no more of it. Each with
// a reference.
constexpr unsigned DEEPEST_RESULT = 8;
constinit kernel::List<Event, &Event::node> given_up;

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

namespace {

void destroy_now(Event& event, unsigned results) {
    const Destruction destruction{event, std::exchange(destructions, &destruction), results};
    const auto topmost = std::exchange(event.topmost, nullptr);
    PromiseBase::destroy_chain(event.resume_point ? event.resume_point : topmost);
    destructions = destruction.before;
}

} // namespace

void destroy_frames(Event& event) {
    if (!event.topmost)
        return;
    const bool has_ended_by_itself = !event.resume_point;
    const unsigned results = !has_ended_by_itself ? 0 : destructions != nullptr ? destructions->results + 1 : 1;
    if (results > DEEPEST_RESULT && !event.node.is_linked()) {
        event.retain();
        return given_up.push_back(event);
    }
    destroy_now(event, results);
    // Each of them may give up another, which comes to the end of the list.
    while (Event* const next = given_up.pop_front()) [[unlikely]] {
        if (next->topmost)
            destroy_now(*next, results);
        next->release();
    }
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
