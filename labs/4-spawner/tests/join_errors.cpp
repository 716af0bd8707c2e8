// Joins that cannot give a value say why, and none of them waits for ever.

#include "labs/4-spawner/tests/support.hpp"

TEST(join, is_refused_while_another_waits) {
    int first = NOTHING;
    int second = NOTHING;
    {
        auto child = must_spawn(wait_then_give(42));
        const auto one = must_spawn(join_into(&child, &first));
        const auto other = must_spawn(join_into(&child, &second));
        EXPECT(settle());
        EXPECT_EQ(second, number_of(Error::already_joined));
        EXPECT_EQ(first, NOTHING);
        wake(child);
        EXPECT(settle());
        EXPECT_EQ(first, 42);
    }
    expect_nothing_left();
}

// The first joiner is woken by the end, but the second one is polled before it.
TEST(join, is_kept_for_the_first_after_the_end) {
    int first = NOTHING;
    int second = NOTHING;
    {
        auto child = must_spawn(wait_then_give(42));
        const auto one = must_spawn(join_into(&child, &first), event::Priority::low);
        EXPECT(settle());
        wake(child);
        const auto other = must_spawn(join_into(&child, &second));
        EXPECT(settle());
        EXPECT_EQ(first, 42);
        EXPECT_EQ(second, number_of(Error::already_joined));
    }
    expect_nothing_left();
}

TEST(join, of_oneself_is_a_deadlock) {
    int result = NOTHING;
    JoinHandle<int> own;
    struct Self {
        static Task<int> join(JoinHandle<int>* handle, int* out) {
            *out = number_of(co_await *handle);
            co_return 1;
        }
    };
    own = must_spawn(Self::join(&own, &result));
    EXPECT(settle());
    EXPECT_EQ(result, number_of(Error::deadlock));
    own = {};
    expect_nothing_left();
}

// Each of three awaits the next, and the last the first, which somebody else may be awaiting already.
TEST(join, in_a_ring_is_a_deadlock) {
    struct Member {
        static Task<int> join(JoinHandle<int>* handle, int* out) {
            co_await event::yield_now(); // all are there
            *out = number_of(co_await *handle);
            co_return 7;
        }
    };
    for (const bool is_awaited : {false, true}) {
        int results[3] = {NOTHING, NOTHING, NOTHING};
        int outside = NOTHING;
        JoinHandle<int> ring[3];
        for (int i = 0; i < 3; ++i)
            ring[i] = must_spawn(Member::join(&ring[(i + 1) % 3], &results[i]));
        if (is_awaited)
            must_spawn(join_into(&ring[0], &outside)).detach();
        EXPECT(settle());
        EXPECT_EQ(results[2], number_of(Error::deadlock));
        EXPECT_EQ(results[1], 7);
        EXPECT_EQ(results[0], 7);
        EXPECT_EQ(outside, is_awaited ? 7 : NOTHING);
        for (auto& handle : ring)
            handle = {};
        expect_nothing_left();
    }
}

namespace {

// Owns a scope, or one in another, in which an event joins `target`.
Task<int> own_a_joiner(JoinHandle<int>* target, int* result, int depth) {
    Scope scope;
    if (depth > 0)
        EXPECT(scope.spawn(own_a_joiner(target, result, depth - 1)).has_value());
    else
        EXPECT(scope.spawn(join_into(target, result)).has_value());
    co_await scope.join();
    co_return 7;
}
Task<int> join_and_give(JoinHandle<int>* handle) {
    co_return number_of(co_await *handle);
}

} // namespace

// An owner cannot end before its children, so a child that joins it, or who joins it, would wait for ever.
TEST(join, of_the_owner_is_a_deadlock) {
    for (const int depth : {0, 2, 300})
        for (const bool joins_the_owner : {true, false}) {
            int result = NOTHING;
            {
                JoinHandle<int> owner;
                JoinHandle<int> outer;
                owner = must_spawn(own_a_joiner(joins_the_owner ? &owner : &outer, &result, depth));
                outer = must_spawn(join_and_give(&owner));
                EXPECT(settle());
                EXPECT_EQ(result, number_of(Error::deadlock));
                EXPECT_EQ(outer.get()->state.load(), State::finished);
            }
            expect_nothing_left();
        }
}

// However many are in the ring. The last of them closes it: the others wait, in one long chain.
TEST(join, in_a_long_ring_is_a_deadlock) {
    constexpr unsigned COUNT = 700;
    struct Member {
        static Task<int> join(JoinHandle<int>* handle, int* out) {
            co_await event::yield_now(); // all are there
            *out = number_of(co_await *handle);
            co_return 7;
        }
    };
    JoinHandle<int> ring[COUNT];
    int results[COUNT];
    for (unsigned i = 0; i < COUNT; ++i)
        ring[i] = must_spawn(Member::join(&ring[(i + 1) % COUNT], &results[i]));
    EXPECT(settle());
    EXPECT_EQ(results[COUNT - 1], number_of(Error::deadlock));
    for (unsigned i = 0; i < COUNT - 1; ++i)
        EXPECT_EQ(results[i], 7);
    for (auto& handle : ring)
        handle = {};
    expect_nothing_left();
}

namespace {

// Tries to join each of two, twice, and looks whether that left anything behind.
struct Refusals {
    int got[4] = {NOTHING, NOTHING, NOTHING, NOTHING};
    bool changed = false;
    std::size_t allocations = 0;
};
Task<> be_refused(event::Event* first, event::Event* second, Refusals* refusals) {
    const std::size_t before = heap::allocations_asked();
    for (unsigned i = 0; i < 4; ++i) {
        event::Event& target = i % 2 == 0 ? *first : *second;
        const event::Event* const joiner = target.joiner;
        const State state = target.state;
        const std::uint32_t references = target.references.load();
        const bool joinable = target.joinable;
        const auto begun = event::begin_join(target);
        refusals->got[i] = begun ? NOTHING : number_of(begun.error());
        refusals->changed |= target.joiner != joiner || target.state != state || target.joinable != joinable ||
                             target.references.load() != references || target.cancel_requested;
        if (begun)
            event::end_join(target);
    }
    refusals->allocations = heap::allocations_asked() - before;
    co_return;
}

} // namespace

// deadlock comes before already_joined; neither leaves a trace, nor is another one the second time.
TEST(join, error_changes_nothing) {
    {
        auto awaited = must_spawn(wait_then_give(1));
        auto dropped = must_spawn(wait_then_give(2));
        const event::EventReference still_runs{*dropped.get()};
        int result = NOTHING;
        const auto parent = must_spawn(join_into(&awaited, &result));
        dropped = {};
        EXPECT(settle());
        Refusals refusals;
        const auto refused = must_spawn(be_refused(awaited.get(), still_runs.get(), &refusals));
        EXPECT(settle());
        for (const int got : refusals.got)
            EXPECT_EQ(got, number_of(Error::already_joined));
        EXPECT(!refusals.changed);
        EXPECT_EQ(refusals.allocations, 0u);
        wake(awaited);
        event::wake(*still_runs.get());
        EXPECT(settle());
        EXPECT_EQ(result, 1);
        // The results are gone, and both have ended.
        Refusals late;
        const auto refused_too = must_spawn(be_refused(awaited.get(), still_runs.get(), &late));
        EXPECT(settle());
        for (const int got : late.got)
            EXPECT_EQ(got, number_of(Error::already_joined));
        EXPECT(!late.changed);
    }
    expect_nothing_left();
    {
        // Itself: awaited by another, and then without a handle.
        struct Self {
            static Task<int> join(Refusals* refusals) {
                event::Event* const itself = event::current();
                for (unsigned i = 0; i < 2; ++i) {
                    const auto begun = event::begin_join(*itself);
                    refusals->got[i] = begun ? NOTHING : number_of(begun.error());
                }
                refusals->changed = itself->joiner == itself;
                co_await event::blocked();
                const auto begun = event::begin_join(*itself);
                refusals->got[2] = refusals->got[3] = begun ? NOTHING : number_of(begun.error());
                co_return 3;
            }
        };
        Refusals refusals;
        int result = NOTHING;
        auto child = must_spawn(Self::join(&refusals), event::Priority::low);
        const event::EventReference reference{*child.get()};
        const auto parent = must_spawn(join_into(&child, &result), event::Priority::high);
        EXPECT(settle());
        EXPECT(!refusals.changed);
        EXPECT(reference->joiner == parent.get());
        child = {};
        EXPECT(settle());
        event::wake(*reference.get());
        EXPECT(settle());
        for (const int got : refusals.got)
            EXPECT_EQ(got, number_of(Error::deadlock));
    }
    expect_nothing_left();
}

TEST(join, finds_that_the_handle_was_dropped) {
    int result = NOTHING;
    {
        auto child = must_spawn(wait_then_give(42));
        const event::EventReference reference{*child.get()};
        const auto parent = must_spawn(join_into(&child, &result));
        EXPECT(settle());
        child = {};
        EXPECT(settle());
        EXPECT_EQ(result, number_of(Error::closed));
        EXPECT_EQ(reference->state.load(), State::blocked); // it goes on
        event::wake(*reference.get());
        EXPECT(settle());
        EXPECT_EQ(reference->state.load(), State::finished);
    }
    expect_nothing_left();
}

TEST(join, finds_that_the_handle_was_dropped_after_the_end) {
    int result = NOTHING;
    {
        auto child = must_spawn(wait_then_give(42));
        const auto parent = must_spawn(join_into(&child, &result), event::Priority::low);
        EXPECT(settle());
        wake(child);
        EXPECT(event::executor().run_once()); // the child ends; the parent is ready
        EXPECT_EQ(child.get()->state.load(), State::finished);
        child = {};
        EXPECT(settle());
        EXPECT_EQ(result, number_of(Error::closed));
    }
    expect_nothing_left();
}

TEST(join, goes_on_when_the_handle_is_moved) {
    int first = NOTHING;
    int second = NOTHING;
    {
        auto child = must_spawn(wait_then_give(42));
        const auto one = must_spawn(join_into(&child, &first));
        EXPECT(settle());
        auto moved = std::move(child);
        wake(moved);
        EXPECT(settle());
        EXPECT_EQ(first, 42);
        const auto other = must_spawn(join_into(&moved, &second));
        EXPECT(settle());
        EXPECT_EQ(second, number_of(Error::already_joined));
    }
    expect_nothing_left();
}
