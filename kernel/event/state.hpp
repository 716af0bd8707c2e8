#pragma once

#include "arch/interrupts.hpp"
#include "kernel/event/trace.hpp"

#include <atomic>
#include <cstdint>
#include <type_traits>

namespace event {

struct Event;

// Where an event is, and the transitions between, numbered; the code names them by these numbers.
//
//                (1) schedule            (2) taken
//     created ---------------> ready --------------> running --+-- (7) poll gave ready --> finished
//                              ^  ^                   |     |  |
//                    (4) wake  |  | (6) parked,       |     | (5) wake
//                              |  |     but woken     |     v
//                              |  +-------------------|-- woken --- (7) poll gave ready --> finished
//                              |                      |
//                           blocked <-----------------+ (3) parked: poll gave pending
//
//     created, ready, blocked --- (8) cancelled --> finished
//
// Interrupt handlers make (4) and (5) only. Whoever makes a transition has interrupts off.
enum class State : std::uint8_t { created, ready, running, woken, blocked, finished };

// The state of one event. Reads and writes like the State that it holds. When traced, each change is recorded and held
// against the diagram, so a double queueing, a poll after the end or a lost turn is known for certain, whoever caused
// it.
class EventState {
public:
    // Of `event`, whose frames, id, pid and priority are there already.
    explicit EventState(const Event& event) : counts_{event} {
        if constexpr (TRACING)
            check_begin();
    }
    EventState(const EventState&) = delete;
    EventState& operator=(const EventState&) = delete;
    ~EventState() {
        if constexpr (TRACING)
            check_end();
    }

    operator State() const { return state_.load(std::memory_order_acquire); }
    State load() const { return *this; }

    EventState& operator=(State next) {
        if constexpr (TRACING)
            check_and_record(next);
        state_.store(next, std::memory_order_release);
        return *this;
    }

    // (5) by the event itself, while it is polled; one that is woken already stays so, which is no transition to trace.
    void wake_itself() {
        if constexpr (TRACING) {
            arch::InterruptGuard guard; // a handler may wake it between the look and the change
            if (*this != State::woken)
                *this = State::woken;
        } else {
            *this = State::woken;
        }
    }

    // Event::poll has begun: set_current says so.
    void note_poll() {
        if constexpr (TRACING)
            check_poll();
    }

private:
    void check_begin();
    void check_and_record(State next);
    void record_wait();
    void check_poll();
    void check_end();

    struct Counts {
        explicit Counts(const Event& its) : event{its} {}
        const Event& event;
        std::uint32_t queued = 0; // times it became ready
        std::uint32_t taken = 0;  // times it was taken
    };
    struct Nothing {
        explicit Nothing(const Event&) {}
    };

    std::atomic<State> state_{State::created};
    [[no_unique_address]] std::conditional_t<TRACING, Counts, Nothing> counts_;
};

} // namespace event
