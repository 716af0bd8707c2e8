#pragma once

// The world of fuzz_sync.cpp: one of each primitive, and what a model knows of them.

#include "kernel/event/timeout.hpp"
#include "kernel/lib/random.hpp"
#include "kernel/sync/barrier.hpp"
#include "kernel/sync/channel.hpp"
#include "kernel/sync/condition.hpp"
#include "kernel/sync/once_signal.hpp"
#include "kernel/sync/semaphore.hpp"
#include "labs/4-spawner/tests/support.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <vector>

namespace fuzz {

using namespace spawner_tests;
using event::race;
using event::with_timeout;

inline constexpr std::size_t LOCKS = 2; // the condition goes with the first
inline constexpr std::size_t PARTY = 3; // of the barrier
inline constexpr unsigned FIRST_PERMITS = 2;

using Numbers = sync::Channel<std::uint64_t, 2>;

// A channel, and what was told to those who used it.
struct Pipe {
    Numbers channel;
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    std::map<std::uint64_t, std::uint64_t> latest; // of each sender's numbers
    std::uint64_t receivers = 0;                   // numbered as they came
    std::uint64_t served = 0;                      // the last of them by number that has a value
    std::uint64_t gave_up = 0;                     // receivers that were cancelled or lost, or may yet be
    std::uint64_t empty_handed = UINT64_MAX;       // the first by number that found it closed while nobody gave up
    std::uint64_t gave_up_then = 0;
    unsigned sending = 0; // that wait without a time-out
    unsigned receiving = 0;
};

struct World {
    explicit World(std::uint64_t of) : seed{of}, random{of} {}

    std::uint64_t seed;
    kernel::Random random;
    unsigned step = 0;

    sync::Mutex locks[LOCKS];
    int holders[LOCKS] = {};
    sync::Condition condition;
    unsigned items = 0;
    unsigned hungry = 0; // that wait for the condition without a time-out
    sync::Semaphore semaphore{FIRST_PERMITS};
    std::uint64_t permits = FIRST_PERMITS; // in the world
    std::uint64_t permits_held = 0;
    sync::Barrier barrier{PARTY};
    std::uint64_t arriving = 0;
    std::shared_ptr<Pipe> pipe = std::make_shared<Pipe>();
    std::shared_ptr<sync::OnceSignal> signal = std::make_shared<sync::OnceSignal>();
    unsigned listening = 0;  // for the signal
    std::uint64_t names = 0; // of senders
    std::vector<JoinHandle<>> handles;
    unsigned alive = 0; // actors
};
inline World* world;

inline void expect(bool held, const char* rule) {
    if (held)
        return;
    std::fprintf(
        stderr,
        "broken: %s\nseed %llu, step %u; again: POLLUX_SEED=%llu FUZZ_SEEDS=1 build/host/unit-4 -tc=fuzz.sync\n", rule,
        static_cast<unsigned long long>(world->seed), world->step, static_cast<unsigned long long>(world->seed));
    std::abort();
}
inline std::uint64_t below(std::uint64_t limit) {
    return world->random.below(limit);
}
inline std::uint64_t some_time() {
    return below(4) == 0 ? 0 : 100 * below(100);
}

// Counts while it lives: also when its event is cancelled.
class Count {
public:
    explicit Count(std::uint64_t* counter) : counter_{counter} { ++*counter_; }
    explicit Count(unsigned* counter) : small_{counter} { ++*small_; }
    Count(const Count&) = delete;
    Count& operator=(const Count&) = delete;
    ~Count() {
        if (counter_ != nullptr)
            --*counter_;
        else
            --*small_;
    }

private:
    std::uint64_t* counter_ = nullptr;
    unsigned* small_ = nullptr;
};

// Inside a lock nobody else is.
class Inside {
public:
    explicit Inside(std::size_t index) : index_{index} { expect(++world->holders[index_] == 1, "one holds a mutex"); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { leave(); }
    void leave() {
        if (is_in_)
            --world->holders[index_];
        is_in_ = false;
    }
    void enter() {
        is_in_ = true;
        expect(++world->holders[index_] == 1, "who waited for a condition holds the mutex");
    }

private:
    std::size_t index_;
    bool is_in_ = true;
};

class Permit {
public:
    Permit() { expect(++world->permits_held <= world->permits, "no more permits are held than there are"); }
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;
    ~Permit() {
        --world->permits_held;
        world->semaphore.release();
    }
};

inline void note_received(Pipe& pipe, std::uint64_t value) {
    ++pipe.received;
    std::uint64_t& latest = pipe.latest[value >> 32];
    expect((value & 0xffffffff) > latest, "values of one sender come in order, each once");
    latest = value & 0xffffffff;
}

// Until it has ended, a receiver may yet give up what it was promised.
class Receiver {
public:
    explicit Receiver(Pipe* pipe) : pipe_{pipe}, number_{++pipe->receivers} {}
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;
    ~Receiver() { pipe_->gave_up += done_ ? 0 : 1; }
    // Values are promised in the order of coming: so none comes to a later one after an earlier one found the end,
    // unless somebody gave up a value in between.
    void is_done(bool has_value) {
        done_ = true;
        if (has_value) {
            pipe_->served = std::max(pipe_->served, number_);
            expect(number_ < pipe_->empty_handed || pipe_->gave_up != pipe_->gave_up_then,
                   "closing takes nobody's right to a value, and gives none");
            return;
        }
        expect(pipe_->channel.is_closed(), "a receive fails only when the channel is closed");
        expect(pipe_->served < number_ || pipe_->gave_up != gave_up_at_first_,
               "closing takes nobody's right to a value");
        if (number_ < pipe_->empty_handed || pipe_->gave_up != pipe_->gave_up_then) {
            pipe_->empty_handed = number_;
            pipe_->gave_up_then = gave_up_at_first_;
        }
    }

private:
    Pipe* pipe_;
    std::uint64_t number_;
    std::uint64_t gave_up_at_first_ = pipe_->gave_up;
    bool done_ = false;
};

} // namespace fuzz
