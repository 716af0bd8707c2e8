// An interrupt handler makes an event ready while the executor is at its queues: in the kernel at every instruction in
// turn, on the host wherever interrupts go off or on.

#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "labs/2-executor/tests/support.hpp"

#if __STDC_HOSTED__
#include "arch/host/machine.hpp"
#endif

using event::Event;
using event::executor;
using event::Task;

namespace {

Event* volatile latecomer = nullptr;

void schedule_the_latecomer() {
    Event* const event = latecomer;
    latecomer = nullptr;
    if (event != nullptr)
        executor().schedule(*event);
}

#if __STDC_HOSTED__

constexpr unsigned MOMENTS = 100;
unsigned boundaries_left = 0;

void interrupt_at(unsigned moment) {
    boundaries_left = moment;
    host::set_boundary_handler([] {
        if (boundaries_left-- == 0)
            schedule_the_latecomer();
    });
}

void interrupt_no_more() {
    host::set_boundary_handler(nullptr);
}

#else

constexpr unsigned MOMENTS = 1000;
constexpr std::uint64_t INSTRUCTION_NANOSECONDS = 32; // under -icount shift=5

void interrupt_at(unsigned moment) {
    arch::set_timer_handler([](std::uint64_t) { schedule_the_latecomer(); });
    arch::arm_timer(arch::now() + moment * INSTRUCTION_NANOSECONDS);
}

void interrupt_no_more() {
    arch::disarm_timer();
    event::initialise();
}

#endif

Task<> wait_for_the_latecomer(const Log* log) {
    for (unsigned turns = 0; log->count() == 0 && turns < 1000; ++turns)
        co_await event::yield_now();
}

} // namespace

TEST(executor, schedules_from_a_handler_at_any_moment) {
    for (unsigned moment = 0; moment < MOMENTS; ++moment) {
        Log log;
        REQUIRE(start(wait_for_the_latecomer(&log)) != nullptr);
        if (moment % 2 != 0) // it is alone in its queue, or it is not
            REQUIRE(start(wait_for_the_latecomer(&log)) != nullptr);
        Event* const late = make(take_turns(&log, 'a', 2));
        REQUIRE(late != nullptr);
        ++executor().unfinished;
        latecomer = late;
        interrupt_at(moment);
        run_all(4000);
        interrupt_no_more();
        REQUIRE(latecomer == nullptr);
        REQUIRE(log == "aa");
        REQUIRE(event::live_events() == 0);
        REQUIRE(executor().unfinished == 0);
    }
}
