// A random life: events that sleep, yield and send each other mail while interrupts do the same. The seed decides when
// each interrupt comes. `make soak` runs this with a thousand seeds and more.

#include "kernel/lib/random.hpp"
#include "labs/3-waker/tests/support.hpp"

namespace {

constexpr unsigned WORKERS = 12;
constexpr unsigned LISTENERS = 3;
constexpr unsigned EVENTS = WORKERS + LISTENERS;
constexpr unsigned ROUNDS = 120;
constexpr unsigned LIVES = 20;
constexpr unsigned PATIENCE = 12; // interrupts that a listener may keep waiting, of the highest priority as it is

struct Life {
    explicit Life(std::uint64_t seed) : random{seed} {}

    kernel::Random random;
    event::EventReference events[EVENTS]; // the workers, then the listeners
    unsigned posted[EVENTS] = {};
    unsigned taken[EVENTS] = {};
    unsigned reasons[EVENTS] = {}; // for an event to be polled: its start, its sleeps and yields, its wake-ups
    unsigned missed[EVENTS] = {};  // interrupts that found a listener with mail that it has not taken
    unsigned lost = 0;             // mail that no interrupt's wake-up made a listener take
    unsigned finished_rounds = 0;
    std::uint64_t early = 0; // sleeps that ended before their time
};

Life* life;

void post(unsigned receiver) {
    arch::InterruptGuard guard;
    ++life->posted[receiver];
    ++life->reasons[receiver];
    event::wake(*life->events[receiver].get());
}

std::uint64_t draw(std::uint64_t limit) {
    arch::InterruptGuard guard;
    return life->random.below(limit);
}

unsigned posted_to(unsigned self) {
    arch::InterruptGuard guard;
    return life->posted[self];
}

bool is_over() {
    return life->finished_rounds == WORKERS * ROUNDS;
}

void note_reason(unsigned self) {
    arch::InterruptGuard guard;
    ++life->reasons[self];
}

event::Task<> work(unsigned self) {
    for (unsigned round = 0; round < ROUNDS; ++round) {
        switch (draw(4)) {
        case 0:
            note_reason(self);
            co_await event::yield_now();
            break;
        case 1:
        case 2: {
            const std::uint64_t deadline = arch::now() + draw(std::uint64_t{1} << draw(16));
            note_reason(self);
            co_await event::sleep_until(deadline);
            life->early += arch::now() < deadline ? 1 : 0;
            break;
        }
        default: // itself too, which is to be woken while it runs
            post(draw(2) == 0 ? self : static_cast<unsigned>(draw(WORKERS)));
            break;
        }
        while (life->taken[self] < posted_to(self))
            ++life->taken[self];
        ++life->finished_rounds;
    }
    if (is_over())
        for (unsigned i = 0; i < EVENTS; ++i)
            post(i);
    while (!is_over() || life->taken[self] < posted_to(self))
        if (life->taken[self] < posted_to(self))
            ++life->taken[self];
        else
            co_await event::blocked();
}

// Takes its mail and waits for more: only interrupts send it any, one letter at a time.
event::Task<> listen(unsigned self) {
    while (!is_over() || life->taken[self] < posted_to(self))
        if (life->taken[self] < posted_to(self))
            ++life->taken[self];
        else
            co_await event::blocked();
}

// The timer's handler, which brings mail with it: for a worker, and for a listener that has taken what came before.
void ring(std::uint64_t now) {
    event::expire_timers(now);
    if (is_over())
        return;
    post(static_cast<unsigned>(life->random.below(WORKERS)));
    const unsigned listener = WORKERS + static_cast<unsigned>(life->random.below(LISTENERS));
    if (life->posted[listener] > life->taken[listener]) {
        life->lost += ++life->missed[listener] == PATIENCE ? 1 : 0;
        return;
    }
    life->missed[listener] = 0;
    post(listener);
}

// Whether one life went as it must.
bool live(std::uint64_t seed) {
    Life lived{seed};
    life = &lived;
    arch::set_timer_handler(ring);
    for (unsigned i = 0; i < EVENTS; ++i) {
        const auto priority = static_cast<event::Priority>((seed + i) % event::PRIORITY_COUNT);
        lived.reasons[i] = 1;
        lived.events[i] = i < WORKERS ? make(work(i), priority) : make(listen(i), event::Priority::high);
    }
    for (const event::EventReference& reference : lived.events)
        event::executor().start(*reference.get());
    event::executor().run();
    event::initialise(); // the timer's own handler again
    bool good = lived.early == 0 && lived.lost == 0 && ready_count() == 0 && blocked_count() == 0;
    for (unsigned i = 0; i < EVENTS; ++i)
        good = good && lived.events[i]->state == event::State::finished && lived.taken[i] == lived.posted[i] &&
               lived.events[i]->polls <= lived.reasons[i];
    return good;
}

} // namespace

TEST(waker, survives_jitter) {
    const std::uint64_t first = test::seed() * LIVES;
    for (std::uint64_t seed = first; seed < first + LIVES; ++seed)
        REQUIRE(live(seed));
}
