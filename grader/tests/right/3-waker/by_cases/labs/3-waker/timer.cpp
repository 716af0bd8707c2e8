// Lab 3: deadlines. The contract is kernel/event/timer.hpp.

#include "kernel/event/timer.hpp"

#include "arch/clock.hpp"
#include "kernel/event/waker.hpp"
#include "kernel/lib/not_written.hpp"

#include <bit>
#include <utility>

namespace event {

// LAB 3 ONLY BEGIN
// A radix heap over deadlines (Ahuja, Mehlhorn, Orlin and Tarjan, 1990), six bits a level. `origin` is a moment that no
// queued deadline lies before. A timer lies in the level of the highest digit in which its deadline differs from
// origin, in the slot of that digit; in level 0 a slot is one nanosecond. When origin moves into a slot's range, the
// timers of that slot move to lower levels, in order; all timers of one deadline are thus always in one slot, in the
// order they came.
namespace {

constexpr unsigned DIGIT_BITS = 6;
constexpr unsigned SLOTS = 1U << DIGIT_BITS;
constexpr unsigned LEVELS = (64 + DIGIT_BITS - 1) / DIGIT_BITS;

struct alignas(32) Slot {
    kernel::List<Timer, &Timer::node> timers;
    std::uint64_t earliest = UINT64_MAX; // no timer here is due before; exact but after a removal
};

constinit Slot slots[LEVELS * SLOTS];     // a level after the other
constinit std::uint64_t occupied[LEVELS]; // a bit for each slot that is not empty
constinit std::uint16_t occupied_levels;
constinit std::uint64_t origin;
constinit std::uint64_t armed = UINT64_MAX; // what the machine's timer is set to; the greatest number: to nothing

// Kept out of the heap, since mostly it never needs a place there: the timer that `armed` was set for when it was
// added. No other is due before it, and those due with it were added later. Null: there is none, or it has been
// removed.
constinit Timer* soonest;

unsigned digit(std::uint64_t time, unsigned level) {
    return time >> level * DIGIT_BITS & (SLOTS - 1);
}

enum class End : bool { front, back };

// At the back, or at the front when it comes before all that are due with it.
void insert(Timer& timer, End end) {
    // A deadline in the past is due at origin, behind those that are due there already.
    const std::uint64_t due = timer.deadline > origin ? timer.deadline : origin;
    const std::uint64_t difference = due ^ origin;
    const unsigned level = (63U ^ static_cast<unsigned>(std::countl_zero(difference | 1))) / DIGIT_BITS;
    const unsigned index = digit(due, level);
    Slot& slot = slots[level * SLOTS + index];
    if (slot.timers.is_empty() || due < slot.earliest)
        slot.earliest = due;
    if (end == End::back)
        slot.timers.push_back(timer);
    else
        slot.timers.push_front(timer);
    timer.words[0] = level * SLOTS + index;
    occupied[level] |= std::uint64_t{1} << index;
    occupied_levels |= static_cast<std::uint16_t>(1U << level);
}

void note_if_empty(unsigned slot) {
    if (!slots[slot].timers.is_empty())
        return;
    const unsigned level = slot / SLOTS;
    occupied[level] &= ~(std::uint64_t{1} << slot % SLOTS);
    if (occupied[level] == 0)
        occupied_levels &= static_cast<std::uint16_t>(~(1U << level));
}

void take_out_of_heap(Timer& timer) {
    timer.node.unlink();
    note_if_empty(static_cast<unsigned>(timer.words[0]));
}

// The number of the slot of the earliest deadline: the lowest level, and in it the lowest digit. Some timer is queued.
unsigned first_slot() {
    const unsigned level = static_cast<unsigned>(std::countr_zero(occupied_levels));
    [[assume(occupied[level] != 0)]];
    return level * SLOTS + static_cast<unsigned>(std::countr_zero(occupied[level]));
}

void arm(std::uint64_t deadline) {
    armed = deadline;
    arch::arm_timer(deadline);
}

void expire(Timer& timer) {
    timer.is_queued = false;
    wake(*timer.event);
}

// Part of the work that is due by `now`: wakes the first of this slot, which is the first that is occupied, or sorts it
// into lower levels. Out of line: mostly the soonest timer was all that is due.
[[gnu::noinline]] void work_on(unsigned index, std::uint64_t now) {
    // Origin moves to the earliest of this slot, whose timers then belong to lower levels. One that is alone and
    // due need not move there first.
    Slot& slot = slots[index];
    origin = slot.earliest;
    Timer& timer = *slot.timers.front();
    if (index < SLOTS || (timer.node.is_alone() && timer.deadline <= now)) {
        take_out_of_heap(timer);
        return expire(timer);
    }
    kernel::List<Timer, &Timer::node> moving;
    while (Timer* each = slot.timers.pop_front())
        moving.push_back(*each);
    note_if_empty(index);
    while (Timer* each = moving.pop_front())
        insert(*each, End::back);
}

} // namespace
// LAB 3 ONLY END

// An earlier deadline than all others needs the machine's timer earlier than it is set to.
void add_timer(Timer& timer) {
    // LAB 3 BEGIN
    timer.is_queued = true;
    if (timer.deadline >= armed)
        return insert(timer, End::back);
    if (soonest != nullptr)
        insert(*soonest, End::front);
    soonest = &timer;
    arm(timer.deadline);
    // LAB 3 END
}

// A timer may be removed that is the earliest, the last, or in no queue at all.
void remove_timer(Timer& timer) {
    // LAB 3 BEGIN
    if (!timer.is_queued)
        return;
    timer.is_queued = false;
    if (&timer == soonest)
        soonest = nullptr;
    else
        take_out_of_heap(timer);
    // LAB 3 END
}

// All that are due, not only the first. Arms for what is left: the machine's timer rings once.
void expire_timers(std::uint64_t now) {
    // LAB 3 BEGIN
    armed = UINT64_MAX;
    if (soonest != nullptr) {
        if (soonest->deadline > now)
            return arm(soonest->deadline);
        expire(*std::exchange(soonest, nullptr));
    }
    while (occupied_levels != 0) {
        const unsigned first = first_slot();
        const std::uint64_t earliest = slots[first].earliest;
        if (earliest > now)
            return arm(earliest);
        work_on(first, now);
    }
    // LAB 3 END
}

} // namespace event
