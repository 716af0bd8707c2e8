// Host only, hence doctest cases that lab.toml does not list: one interrupt at each boundary in turn, so that every
// place at which a wake-up can come is tried: while an event is spawned, joined, ended, cancelled, timed out.

#include "kernel/event/timeout.hpp"
#include "labs/4-spawner/tests/support.hpp"

#if __STDC_HOSTED__

namespace {

unsigned boundary; // counted so far
unsigned chosen;   // where the interrupt comes
event::EventReference* to_wake[2];

void interrupt() {
    if (boundary++ != chosen)
        return;
    for (event::EventReference* reference : to_wake)
        if (reference != nullptr && *reference)
            event::wake(*reference->get());
}

// Runs `scene` once for each boundary in it.
template<typename F>
void at_every_boundary(F scene) {
    for (chosen = 0; chosen < 10'000; ++chosen) {
        boundary = 0;
        host::set_boundary_handler(interrupt);
        scene();
        host::set_boundary_handler(nullptr);
        to_wake[0] = to_wake[1] = nullptr;
        expect_nothing_left();
        if (boundary <= chosen)
            break;
    }
    CHECK(chosen > 10);
    CHECK(chosen < 10'000);
}

Task<int> wait_for(const bool* open, event::EventReference* itself) {
    *itself = event::EventReference{*event::current()};
    while (!*open)
        co_await event::blocked();
    co_return 42;
}

} // namespace

TEST_CASE("boundaries.of_a_join") {
    at_every_boundary([] {
        bool is_open = false;
        int result = NOTHING;
        event::EventReference child_reference;
        auto child = must_spawn(wait_for(&is_open, &child_reference));
        const auto parent = must_spawn(join_into(&child, &result));
        event::EventReference parent_reference{*parent.get()};
        to_wake[0] = &child_reference;
        to_wake[1] = &parent_reference;
        EXPECT(settle());
        EXPECT_EQ(result, NOTHING);
        is_open = true;
        wake(child);
        EXPECT(settle());
        EXPECT_EQ(result, 42);
    });
}

TEST_CASE("boundaries.of_a_cancel") {
    at_every_boundary([] {
        bool is_open = false;
        int result = NOTHING;
        event::EventReference child_reference;
        auto child = must_spawn(wait_for(&is_open, &child_reference));
        const auto parent = must_spawn(join_into(&child, &result));
        event::EventReference parent_reference{*parent.get()};
        to_wake[0] = &child_reference;
        to_wake[1] = &parent_reference;
        EXPECT(settle());
        child.cancel();
        EXPECT_EQ(child.get()->state.load(), State::finished);
        EXPECT(settle());
        EXPECT_EQ(result, number_of(Error::cancelled));
        EXPECT_EQ(event::executor().unfinished, 0u);
    });
}

namespace {

Task<> limit(const bool* open, event::EventReference* child, std::uint64_t time, int* result, unsigned* ends) {
    *result = number_of(co_await event::with_timeout(wait_for(open, child), time));
    ++*ends;
}

} // namespace

// A wake-up that lets the task end, the time-out, and a cancel of it all: one of them wins, and the others do nothing.
TEST_CASE("boundaries.of_a_race_between_wake_time_out_and_cancel") {
    unsigned given = 0;
    unsigned timed_out = 0;
    for (const std::uint64_t time : {1u, 100u, 300u, 500u, 700u, 900u, 1'500u, 3'000u})
        for (const bool cancels : {false, true})
            at_every_boundary([&] {
                bool is_open = false;
                int result = NOTHING;
                unsigned ends = 0;
                event::EventReference child;
                auto owner = must_spawn(limit(&is_open, &child, time, &result, &ends));
                event::EventReference owner_reference{*owner.get()};
                to_wake[0] = &child;
                to_wake[1] = &owner_reference;
                for (int i = 0; i < 4; ++i)
                    event::executor().run_once();
                is_open = true;
                if (child)
                    event::wake(*child.get());
                event::executor().run_once();
                if (cancels)
                    owner.cancel();
                host::advance_time(200);
                EXPECT(run_to_the_end());
                const bool was_cancelled = event::was_cancelled(*owner.get());
                EXPECT_EQ(ends, was_cancelled ? 0u : 1u);
                EXPECT((was_cancelled || result == 42 || result == number_of(Error::timed_out)));
                EXPECT((cancels || !was_cancelled));
                given += result == 42 ? 1 : 0;
                timed_out += result == number_of(Error::timed_out) ? 1 : 0;
                if (child)
                    EXPECT_EQ(child->state.load(), State::finished);
            });
    CHECK(given > 0);
    CHECK(timed_out > 0);
}

#endif
