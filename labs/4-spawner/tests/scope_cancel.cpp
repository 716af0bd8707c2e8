// A scope that is cancelled by its own: by a child, by a child's child, by destructors that run because of a cancel.

#include "labs/4-spawner/tests/support.hpp"

namespace {

Task<> cancel_scope(Scope** scope, Log* log) {
    const Trace local{log, 'x'};
    co_await event::yield_now(); // all have begun
    (*scope)->cancel();
    log->note('-');
    co_await event::blocked();
    log->note('!');
}

// The child in the middle cancels them all, itself too.
Task<> own_a_traitor(Log* log) {
    Scope scope;
    Scope* itself = &scope;
    EXPECT(scope.spawn(hold(log, 'a')).has_value());
    EXPECT(scope.spawn(cancel_scope(&itself, log)).has_value());
    EXPECT(scope.spawn(hold(log, 'b')).has_value());
    co_await scope.join();
    log->note('j');
}

} // namespace

TEST(scope, is_cancelled_by_a_child) {
    Log log;
    {
        const auto owner = must_spawn(own_a_traitor(&log));
        EXPECT(settle());
        EXPECT_EQ(log, "ab-xj");
    }
    expect_nothing_left();
}

namespace {

// Cancels `owner` while it runs in a scope of it, so deep. `local` of the owner must be there as long as this runs.
Task<> cancel_the_owner(JoinHandle<>* owner, Log* log, int depth) {
    const Trace local{log, static_cast<char>('a' + depth)};
    if (depth > 0) {
        Scope scope;
        EXPECT(scope.spawn(cancel_the_owner(owner, log, depth - 1)).has_value());
        co_await event::blocked();
    } else {
        owner->cancel();
        log->note('-');
        co_await event::blocked();
    }
    log->note('!');
}
Task<> be_cancelled(JoinHandle<>* own, Log* log, int depth) {
    const Trace local{log, 'o'};
    Scope scope;
    EXPECT(scope.spawn(cancel_the_owner(own, log, depth)).has_value());
    co_await event::blocked();
    co_await event::blocked();
    co_await event::blocked();
    log->note('!');
}

} // namespace

TEST(scope, outlives_a_child_that_cancels_the_owner) {
    for (const int depth : {0, 1, 3}) {
        Log log;
        {
            JoinHandle<> owner;
            owner = must_spawn(be_cancelled(&owner, &log, depth));
            EXPECT(settle());
            EXPECT_EQ(log, depth == 0 ? "-ao" : depth == 1 ? "-abo" : "-abcdo");
            EXPECT(event::was_cancelled(*owner.get()));
        }
        expect_nothing_left();
    }
}

namespace {

struct Canceller {
    JoinHandle<>* handle;
    Log* log;
    ~Canceller() {
        handle->cancel();
        log->note('d');
    }
};
Task<> cancel_the_owner_at_the_end(JoinHandle<>* owner, Log* log) {
    const Canceller canceller{owner, log};
    for (;;)
        co_await event::blocked();
}
Task<> own_a_destructor(JoinHandle<>* own, Scope** scope_of_own, Log* log) {
    const Trace local{log, 'o'};
    Scope scope;
    *scope_of_own = &scope;
    EXPECT(scope.spawn(hold(log, 'a')).has_value());
    EXPECT(scope.spawn(cancel_the_owner_at_the_end(own, log)).has_value());
    EXPECT(scope.spawn(hold(log, 'b')).has_value());
    for (int i = 0; i < 3; ++i)
        co_await event::blocked();
    log->note('!');
}

} // namespace

// The child is being destroyed when it cancels the owner, whose scope it is in: the owner must not go before it.
TEST(scope, outlives_a_destructor_that_cancels_the_owner) {
    Log log;
    {
        JoinHandle<> owner;
        Scope* scope = nullptr;
        owner = must_spawn(own_a_destructor(&owner, &scope, &log));
        EXPECT(settle());
        scope->cancel();
        EXPECT_EQ(log, "adb");
        EXPECT(settle());
        EXPECT_EQ(log, "adbo");
        EXPECT(event::was_cancelled(*owner.get()));
    }
    expect_nothing_left();
}

namespace {

// Spawns another one when it is destroyed.
struct Respawner {
    Scope* scope;
    Log* log;
    ~Respawner() {
        EXPECT(scope->spawn(hold(log, 'n')).has_value());
        log->note('r');
    }
};
Task<> respawn(Scope* scope, Log* log) {
    const Respawner respawner{scope, log};
    for (;;)
        co_await event::blocked();
}
// Cancels its whole scope when it is destroyed.
struct ScopeCanceller {
    Scope* scope;
    ~ScopeCanceller() { scope->cancel(); }
};
Task<> cancel_scope_at_the_end(Scope* scope, Log* log) {
    const Trace local{log, 'x'};
    const ScopeCanceller canceller{scope};
    for (;;)
        co_await event::blocked();
}

} // namespace

TEST(scope, cancels_what_destructors_spawn) {
    Log log;
    {
        Scope scope;
        EXPECT(scope.spawn(hold(&log, 'a')).has_value());
        EXPECT(scope.spawn(respawn(&scope, &log)).has_value());
        EXPECT(scope.spawn(hold(&log, 'b')).has_value());
        EXPECT(settle());
        scope.cancel();
        EXPECT(scope.is_empty());
    }
    EXPECT_EQ(log, "arb"); // the new one was not polled
    expect_nothing_left();
}

TEST(scope, is_cancelled_by_a_destructor_of_a_cancel) {
    Log log;
    {
        Scope scope;
        EXPECT(scope.spawn(hold(&log, 'a')).has_value());
        EXPECT(scope.spawn(cancel_scope_at_the_end(&scope, &log)).has_value());
        EXPECT(scope.spawn(hold(&log, 'b')).has_value());
        EXPECT(settle());
        scope.cancel();
        EXPECT(scope.is_empty());
        EXPECT_EQ(log, "abx");
    }
    expect_nothing_left();
}

namespace {

// The owner in the middle is in a scope itself.
Task<> own_the_owner(JoinHandle<>* middle, Log* log) {
    Scope scope;
    auto task = be_cancelled(middle, log, 0);
    *middle = event::HandleForTests::spawn_in(scope, std::move(task));
    for (;;)
        co_await event::blocked();
}

} // namespace

// An event whose cancellation was put off lies in a scope that is cancelled before its next poll.
TEST(scope, is_cancelled_while_a_cancel_is_put_off) {
    Log log;
    {
        JoinHandle<> middle;
        auto owner = must_spawn(own_the_owner(&middle, &log));
        EXPECT(event::executor().run_once()); // the owner spawns the middle
        EXPECT(event::executor().run_once()); // which spawns its child
        EXPECT(event::executor().run_once()); // which asks for the end of the middle
        REQUIRE(middle.get() != nullptr);
        EXPECT(middle.get()->cancel_requested);
        EXPECT_EQ(middle.get()->state.load(), State::ready);
        owner.cancel();
        EXPECT_EQ(middle.get()->state.load(), State::finished);
        EXPECT(middle.get()->joiner == nullptr); // the owner of its scope, which is gone
        EXPECT_EQ(event::executor().unfinished, 0u);
        EXPECT_EQ(log, "-ao");
    }
    expect_nothing_left();
}

namespace {

// Spawns another one like itself when it is destroyed, so many times. It is a parameter, since those that it spawns are
// destroyed before their first poll.
class Heir {
public:
    Heir(Scope* scope, unsigned* deaths, unsigned left) : scope_{scope}, deaths_{deaths}, left_{left} {}
    Heir(Heir&& other) noexcept
        : scope_{std::exchange(other.scope_, nullptr)}, deaths_{other.deaths_}, left_{other.left_} {}
    ~Heir();

private:
    Scope* scope_;
    unsigned* deaths_;
    unsigned left_;
};
Task<> keep(Heir) {
    for (;;)
        co_await event::blocked();
}
Heir::~Heir() {
    if (scope_ == nullptr)
        return;
    ++*deaths_;
    if (left_ > 0)
        EXPECT(scope_->spawn(keep(Heir{scope_, deaths_, left_ - 1})).has_value());
}

} // namespace

// The last of a long line was spawned because all before it were cancelled.
TEST(scope, cancels_generations) {
    constexpr unsigned GENERATIONS = 300;
    unsigned deaths = 0;
    Log log;
    {
        Scope scope;
        EXPECT(scope.spawn(hold(&log, 'a')).has_value());
        EXPECT(scope.spawn(keep(Heir{&scope, &deaths, GENERATIONS})).has_value());
        EXPECT(scope.spawn(hold(&log, 'b')).has_value());
        EXPECT(settle());
        scope.cancel();
        EXPECT(scope.is_empty());
        EXPECT_EQ(deaths, GENERATIONS + 1);
        EXPECT_EQ(event::executor().unfinished, 0u);
        scope.cancel(); // of nobody
        EXPECT(scope.is_empty());
    }
    EXPECT_EQ(log, "ab");
    expect_nothing_left();
}
