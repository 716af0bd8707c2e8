// The order of what a cancellation does, as its destructors see it, and what it does not do.

#include "arch/interrupts.hpp"
#include "labs/4-spawner/tests/support.hpp"

namespace {

// What a destructor of an event sees of it while it is cancelled, and tries with it.
struct Sight {
    event::Event* event = nullptr; // the test's
    const event::Event* joiner = nullptr;
    unsigned count = 0;
    bool as_promised = true;

    void look() {
        ++count;
        event::wake(*event);
        event::cancel(*event);
        as_promised &= event->state == State::finished && !event->node.is_linked() && !event->cancel_requested &&
                       arch::interrupts_enabled() && event->references >= 3 &&
                       joiner->state == State::blocked; // told when all are gone
    }
};
struct Witness {
    Sight* sight;
    explicit Witness(Sight* for_test) : sight{for_test} {}
    Witness(Witness&& other) noexcept : sight{std::exchange(other.sight, nullptr)} {}
    ~Witness() {
        if (sight != nullptr)
            sight->look();
    }
};
Task<> wait_watched(Witness) {
    co_await event::blocked();
}
Task<int> be_watched(Sight* sight, Witness) {
    const Witness local{sight};
    static_cast<void>(co_await wait_watched(Witness{sight}));
    co_return 1;
}

} // namespace

// Finished, out of its list, the frames, whoever joins, the reference; so a destructor finds the event finished, with
// interrupts on, and can neither wake nor cancel it. Before its first poll, while it is blocked, and while it is ready.
TEST(cancel, shows_destructors_a_finished_event) {
    for (const State state : {State::created, State::blocked, State::ready}) {
        Sight sight;
        int result = NOTHING;
        {
            auto child = must_spawn(be_watched(&sight, Witness{&sight}), event::Priority::low);
            const auto parent = must_spawn(join_into(&child, &result));
            sight.event = child.get();
            sight.joiner = parent.get();
            if (state == State::created)
                EXPECT(event::executor().run_once()); // the parent
            else
                EXPECT(settle());
            if (state == State::ready)
                wake(child);
            child.cancel();
            EXPECT(sight.as_promised);
            EXPECT_EQ(sight.count, state == State::created ? 1u : 3u);
            EXPECT_EQ(child.get()->references.load(), 2u);
            EXPECT_EQ(parent.get()->state.load(), State::ready);
            EXPECT(arch::interrupts_enabled());
            EXPECT(settle());
            EXPECT_EQ(result, number_of(Error::cancelled));
        }
        expect_nothing_left();
    }
}

// In whichever state it finds the event, joined or not, put off or not; nor does what the joiner gets.
TEST(cancel, allocates_nothing) {
    int result = NOTHING;
    {
        auto joined = must_spawn(wait_then_give(1));
        const auto parent = must_spawn(join_into(&joined, &result));
        auto blocked = must_spawn(wait_then_give(2));
        EXPECT(settle());
        auto ready = must_spawn(wait_then_give(3));
        auto ended = must_spawn(give(4), event::Priority::high);
        EXPECT(event::executor().run_once());
        auto asleep =
            must_spawn([]() static -> Task<> { co_await event::sleep_for(1'000'000'000); }(), event::Priority::high);
        EXPECT(event::executor().run_once());
        const std::size_t before = heap::allocations_asked();
        for (JoinHandle<int>* const each : {&joined, &blocked, &ready, &ended})
            each->cancel();
        asleep.cancel();
        EXPECT(settle());
        for (JoinHandle<int>* const each : {&joined, &blocked, &ready, &ended})
            *each = {};
        EXPECT_EQ(heap::allocations_asked() - before, 0u);
        EXPECT_EQ(result, number_of(Error::cancelled));
    }
    expect_nothing_left();
}
