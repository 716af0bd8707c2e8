#pragma once

// What the tests of sync share.

#include "arch/interrupts.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/sleep.hpp"
#include "kernel/event/task.hpp"
#include "kernel/event/tests/names.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/test/test.hpp"

#include <algorithm>
#include <utility>

#if __STDC_HOSTED__
#include "arch/host/machine.hpp"
#endif

// A namespace of our own: the tests of labs are linked too, and have functions of these names.
namespace sync_tests {

// An event of `task`, ready. Whoever keeps the reference can look at it after its end.
inline event::EventReference start(event::Task<> task, event::Priority priority = event::Priority::normal) {
    const auto made = event::Event::create(task.release(), priority);
    if (!made)
        kernel::panic("the test finds no memory for its events");
    event::EventReference reference{**made};
    event::executor().start(**made);
    return reference;
}

// Polls until nothing is ready.
inline void settle() {
    while (event::executor().run_once()) {
    }
    event::reap();
}

inline bool is_finished(const event::EventReference& reference) {
    return reference->state == event::State::finished;
}

// What cancelling an event that is not running comes to. Stage 3 has no spawner.
inline void cancel_by_hand(const event::EventReference& reference) {
    event::Event& cancelled = *reference.get();
    {
        arch::InterruptGuard guard;
        cancelled.node.unlink();
        cancelled.state = event::State::finished;
        cancelled.wait = nullptr;
    }
    --event::executor().unfinished;
    event::destroy_frames(cancelled);
    cancelled.release();
}

// In which order events came by.
struct Order {
    unsigned numbers[32] = {};
    unsigned count = 0;
    void note(unsigned number) { numbers[count++ % 32] = number; }
    // Whether it was first, first + 1, … of so many.
    bool is_counting(unsigned first, unsigned length) const {
        bool good = count == length;
        for (unsigned i = 0; i < length; ++i)
            good = good && numbers[i] == first + i;
        return good;
    }
};

} // namespace sync_tests
using namespace sync_tests;
