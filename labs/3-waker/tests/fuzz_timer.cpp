// The timer queue against a model, the simplest there is: a list of all deadlines. Host only. A short run is a part of
// `make unit`; `make fuzz-timer` goes on (FUZZ_SEEDS of them, from POLLUX_SEED on).

#include "kernel/test/test.hpp"

#if __STDC_HOSTED__

#include "arch/clock.hpp"
#include "arch/host/machine.hpp"
#include "arch/interrupts.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/task.hpp"
#include "kernel/event/timer.hpp"
#include "kernel/event/wait.hpp"
#include "kernel/event/waker.hpp"
#include "kernel/lib/random.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace {

using event::Timer;

constexpr std::size_t EVENTS = 48;

// One event that sleeps: a real one, blocked, so that a wake-up shows as its place in the run queue.
struct Sleeper {
    event::EventReference event;
    Timer timer;
    bool is_queued = false; // by the model
    bool was_past = false;  // when it was added: then the order is free
    std::uint64_t added = 0;
};

event::Task<> wait_always() {
    struct Always final : event::Wait {
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<>) { event::current()->wait = this; }
        void await_resume() {}
        bool is_over() const override { return false; }
        const char* what() const override { return "fuzz"; }
    };
    co_await Always{};
}

class Life {
public:
    explicit Life(std::uint64_t seed) : seed_{seed}, random_{seed} {}

    // The queue's time only goes forward, from this life to the next and to the next test's.
    static void begin_now() { now_ = arch::now(); }
    static void end_now() {
        if (now_ > arch::now())
            host::advance_time(now_ - arch::now());
    }
    void live_to_the_end_of_time() {
        far_ = UINT64_MAX;
        live();
    }

    void live() {
        for (auto& each : sleepers_) {
            each = std::make_unique<Sleeper>();
            const auto made = event::Event::create(wait_always().release());
            each->event = event::EventReference{**made};
            event::executor().start(**made);
        }
        while (event::executor().run_once()) {
        }
        for (step_ = 0; step_ < 1'500; ++step_)
            one_step();
        for (auto& each : sleepers_)
            if (each->is_queued)
                remove(*each);
        arch::disarm_timer();
        expire(now_);
        expect(host::armed_deadline() == UINT64_MAX, "an empty queue is silent");
        for (auto& each : sleepers_) {
            event::Event& gone = *each->event.get();
            arch::disable_interrupts();
            gone.node.unlink();
            gone.state = event::State::finished;
            gone.wait = nullptr;
            arch::enable_interrupts();
            --event::executor().unfinished;
            event::destroy_frames(gone);
            gone.release();
            each->event = {};
        }
        arch::disarm_timer();
    }

private:
    void expect(bool held, const char* rule) const {
        if (held)
            return;
        std::fprintf(stderr,
                     "broken: %s\nseed %llu, step %u; again: POLLUX_SEED=%llu FUZZ_SEEDS=1 build/host/unit-3 "
                     "-tc=fuzz.timer\n",
                     rule, static_cast<unsigned long long>(seed_), step_, static_cast<unsigned long long>(seed_));
        std::abort();
    }

    // Near, far, in the past, tied with another, at the limits of 64 bits, next to a power of two.
    std::uint64_t some_deadline() {
        switch (random_.below(10)) {
        case 0:
            return random_.below(now_ + 1);
        case 1:
            return now_;
        case 2:
            return UINT64_MAX - random_.below(3);
        case 3:
            return sleepers_[random_.below(EVENTS)]->timer.deadline;
        case 4:
            return latest_ + random_.below(2); // where the last one was
        case 5:
            return (std::uint64_t{1} << random_.below(64)) + random_.below(3) - 1;
        case 6:
            return ahead(random_.next() >> random_.below(64));
        default:
            return ahead(random_.below(100) << random_.below(14));
        }
    }
    std::uint64_t ahead(std::uint64_t by) const { return by > UINT64_MAX - now_ ? UINT64_MAX : now_ + by; }

    void add(Sleeper& sleeper) {
        sleeper.timer.~Timer();
        new (&sleeper.timer) Timer{};
        sleeper.timer.event = sleeper.event.get();
        sleeper.timer.deadline = latest_ = some_deadline();
        sleeper.was_past = sleeper.timer.deadline <= now_;
        sleeper.is_queued = true;
        sleeper.added = ++additions_;
        arch::disable_interrupts();
        event::add_timer(sleeper.timer);
        const std::uint64_t armed = host::armed_deadline();
        expect(armed <= sleeper.timer.deadline, "the machine rings no later than a deadline");
        expect(sleeper.timer.is_queued, "an added timer is queued");
        quiet();
    }
    void remove(Sleeper& sleeper) {
        arch::disable_interrupts();
        event::remove_timer(sleeper.timer);
        event::remove_timer(sleeper.timer); // a second time does nothing
        sleeper.is_queued = false;
        expect(!sleeper.timer.is_queued && !sleeper.timer.node.is_linked(), "a removed timer is not queued");
        quiet();
    }
    // The clock here is the model's: the pretended machine must not ring by its own.
    void quiet() {
        const std::uint64_t armed = host::armed_deadline();
        arch::disarm_timer();
        arch::enable_interrupts();
        arch::arm_timer(armed);
    }

    bool is_ready(const Sleeper& sleeper) const { return sleeper.event->state == event::State::ready; }

    void expire(std::uint64_t now) {
        now_ = now;
        arch::disable_interrupts();
        if (host::armed_deadline() <= now)
            arch::disarm_timer(); // it has rung: that is why the handler runs
        event::expire_timers(now);
        // In the order of waking, that is of the run queue.
        const Sleeper* before = nullptr;
        while (event::Event* const woken = event::executor().take_next()) {
            Sleeper& sleeper =
                **std::ranges::find_if(sleepers_, [&](auto& each) { return each->event.get() == woken; });
            expect(sleeper.is_queued, "none is woken but by a queued timer");
            expect(sleeper.timer.deadline <= now, "none is woken early");
            expect(!sleeper.timer.is_queued && !sleeper.timer.node.is_linked(), "an expired timer is not queued");
            sleeper.is_queued = false;
            if (!sleeper.was_past) {
                if (before != nullptr)
                    expect(before->timer.deadline < sleeper.timer.deadline ||
                               (before->timer.deadline == sleeper.timer.deadline && before->added < sleeper.added),
                           "they are woken in the order of deadlines, then of coming");
                before = &sleeper;
            }
            woken->state = event::State::blocked;
            event::executor().blocked.push_back(*woken);
        }
        std::uint64_t earliest = UINT64_MAX;
        for (const auto& each : sleepers_) {
            if (!each->is_queued)
                continue;
            expect(each->timer.deadline > now, "all that are due are woken");
            expect(each->timer.is_queued, "what is not due stays queued");
            earliest = std::min(earliest, each->timer.deadline);
        }
        expect(host::armed_deadline() <= earliest, "the machine rings for the earliest that is left");
        expect(host::armed_deadline() > now, "and not for what is over");
        quiet();
    }

    void one_step() {
        Sleeper& sleeper = *sleepers_[random_.below(EVENTS)];
        const std::uint64_t what = random_.below(12);
        if (what < 7)
            return sleeper.is_queued ? void() : add(sleeper);
        if (what < 9)
            return sleeper.is_queued ? remove(sleeper) : void();
        if (what == 9 && random_.below(4) == 0)
            return expire(ahead(random_.next() >> (34 + random_.below(30)))); // too early, or too late
        if (what == 10)
            return expire(now_);
        std::uint64_t earliest = UINT64_MAX;
        for (const auto& each : sleepers_)
            if (each->is_queued)
                earliest = std::min(earliest, each->timer.deadline);
        // At the moment, just before it, or late.
        if (earliest < ahead(far_) && random_.below(20) > 0)
            expire(std::max(now_, earliest - (earliest > 0 ? 1 : 0) + random_.below(3) * random_.below(50)));
    }

    std::uint64_t far_ = std::uint64_t{1} << 34; // no life goes on over a silence so long
    std::uint64_t seed_;
    kernel::Random random_;
    unsigned step_ = 0;
    std::unique_ptr<Sleeper> sleepers_[EVENTS];
    std::uint64_t additions_ = 0;
    std::uint64_t latest_ = 0;
    static inline std::uint64_t now_;
};

} // namespace

TEST_CASE("fuzz.timer") {
    const char* const text = std::getenv("FUZZ_SEEDS");
    const std::uint64_t count = text == nullptr ? 100 : std::strtoull(text, nullptr, 0);
    Life::begin_now();
    for (std::uint64_t seed = test::seed(); seed < test::seed() + count; ++seed)
        Life{seed}.live();
    if (text != nullptr)
        Life{count}.live_to_the_end_of_time();
    else
        Life::end_now();
    event::reap();
    CHECK_EQ(event::live_events(), 0U);
}

#endif
