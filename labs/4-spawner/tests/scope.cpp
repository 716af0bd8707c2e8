// A scope: its children end before it does, however it ends.

#include "labs/4-spawner/tests/support.hpp"

#if __STDC_HOSTED__
#include <memory>
#endif

namespace {

Task<> wait_once(Log* log, char letter) {
    const Trace local{log, letter};
    co_await event::blocked();
}

// Spawns three children, and waits for them.
Task<> wait_for_three(Log* log) {
    const Trace local{log, 'o'};
    Scope scope;
    for (const char letter : {'a', 'b', 'c'})
        EXPECT(scope.spawn(wait_once(log, letter)).has_value());
    co_await scope.join();
    log->note('j');
    EXPECT(scope.is_empty());
}

// Wakes the blocked event that came first, but for `not_this`.
bool wake_first(const event::Event* not_this) {
    event::Event* first = event::executor().blocked.front();
    if (first == not_this)
        first = event::executor().blocked.next(*first);
    if (first == nullptr)
        return false;
    event::wake(*first);
    return true;
}

} // namespace

TEST(scope, waits_for_all_children) {
    Log log;
    {
        const auto owner = must_spawn(wait_for_three(&log));
        EXPECT(settle());
        EXPECT_EQ(log, "");
        for (const char* so_far : {"a", "ab", "abcjo"}) {
            REQUIRE(wake_first(owner.get()));
            EXPECT(settle());
            EXPECT_EQ(log, so_far);
        }
    }
    expect_nothing_left();
}

TEST(scope, wakes_its_owner_once) {
    Log log;
    {
        const auto owner = must_spawn(wait_for_three(&log));
        EXPECT(settle());
        for (int i = 0; i < 3; ++i) {
            EXPECT_EQ(owner.get()->polls, 1u);
            REQUIRE(wake_first(owner.get()));
            EXPECT(settle());
        }
        EXPECT_EQ(owner.get()->polls, 2u);
    }
    expect_nothing_left();
}

namespace {

Task<> spawn_and_leave(Log* log, bool waits) {
    const Trace local{log, 'o'};
    Scope scope;
    for (const char letter : {'a', 'b', 'c'})
        EXPECT(scope.spawn(hold(log, letter)).has_value());
    co_await event::yield_now();
    if (waits)
        co_await event::blocked();
    log->note('e');
}

} // namespace

TEST(scope, cancels_at_its_end_what_is_left) {
    Log log;
    {
        const auto owner = must_spawn(spawn_and_leave(&log, false));
        EXPECT(settle());
        EXPECT_EQ(log, "eabco");
        EXPECT_EQ(event::executor().unfinished, 0u);
    }
    expect_nothing_left();
}

TEST(scope, ends_with_a_cancelled_owner) {
    Log log;
    {
        auto owner = must_spawn(spawn_and_leave(&log, true));
        EXPECT(settle());
        EXPECT_EQ(log, "");
        owner.cancel();
        EXPECT_EQ(log, "abco");
        EXPECT_EQ(event::executor().unfinished, 0u);
    }
    expect_nothing_left();
}

namespace {

Task<> nest(Log* log, int depth) {
    const Trace local{log, static_cast<char>('a' + depth)};
    Scope scope;
    if (depth > 0)
        EXPECT(scope.spawn(nest(log, depth - 1)).has_value());
    else
        co_await event::blocked();
    co_await scope.join();
}

} // namespace

TEST(scope, nests) {
    for (const bool cancels : {false, true}) {
        Log log;
        {
            auto owner = must_spawn(nest(&log, 4));
            EXPECT(settle());
            if (cancels)
                owner.cancel();
            else
                event::wake(*event::executor().blocked.back());
            EXPECT(settle());
            EXPECT_EQ(log, "abcde");
        }
        expect_nothing_left();
    }
}

namespace {

Task<> measure_spawn(Task<> task, std::size_t* allocations) {
    Scope scope;
    const std::size_t before = heap::allocations_asked();
    EXPECT(scope.spawn(std::move(task)).has_value());
    co_await scope.join();
    *allocations = heap::allocations_asked() - before;
}
Task<> end() {
    co_return;
}

} // namespace

TEST(scope, makes_one_allocation_a_child) {
    std::size_t allocations = 0;
    {
        const auto owner = must_spawn(measure_spawn(end(), &allocations));
        EXPECT(settle());
        EXPECT_EQ(allocations, 1u);
    }
    expect_nothing_left();
}

TEST(scope, of_nobody_can_be_cancelled) {
    Log log;
    {
        Scope scope;
        EXPECT(scope.spawn(hold(&log, 'a')).has_value());
        EXPECT(scope.spawn(hold(&log, 'b')).has_value());
        EXPECT(scope.spawn(end()).has_value());
        EXPECT(settle());
        scope.cancel();
        EXPECT(scope.is_empty());
        EXPECT_EQ(log, "ab");
        EXPECT(scope.spawn(hold(&log, 'c')).has_value());
        EXPECT(settle());
    }
    EXPECT_EQ(log, "abc");
    expect_nothing_left();
}

#if __STDC_HOSTED__
namespace {

Task<std::unique_ptr<Scope>> give_scope(Log* log) {
    auto scope = std::make_unique<Scope>();
    EXPECT(scope->spawn(wait_once(log, 'c')).has_value());
    co_return std::move(scope);
}
Task<> take_scope(JoinHandle<std::unique_ptr<Scope>>* owner, std::unique_ptr<Scope>* scope) {
    *scope = std::move(*co_await *owner);
}

} // namespace

// A scope that was given away: its owner ends, and its memory is given back, before the children end.
TEST_CASE("scope.may_outlive_its_owner") {
    Log log;
    std::unique_ptr<Scope> scope;
    {
        auto owner = must_spawn(give_scope(&log));
        const auto taker = must_spawn(take_scope(&owner, &scope));
        CHECK(settle());
        REQUIRE(scope != nullptr);
    }
    CHECK(wake_first(nullptr));
    CHECK(settle());
    CHECK(log == "c");
    CHECK(scope->is_empty());
    CHECK(scope->spawn(wait_once(&log, 'd')).has_value());
    CHECK(settle());
    scope = nullptr;
    CHECK(log == "cd");
    expect_nothing_left();
}
#endif
