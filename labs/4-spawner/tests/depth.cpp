// How deep a chain of awaits, and of scopes, may be when it is cancelled: frames destroy one another, on the stack.
// Only the kernel's stack is the real one.

#include "labs/4-spawner/tests/support.hpp"

#if !__STDC_HOSTED__

namespace {

// The lowest place on the stack that destructors have seen.
std::uintptr_t lowest;

struct Probe {
    ~Probe() {
        const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
        lowest = here < lowest ? here : lowest;
    }
};

Task<> await_deep(unsigned depth) {
    const Probe probe;
    if (depth > 0)
        co_await await_deep(depth - 1);
    else
        co_await event::blocked();
}
Task<> spawn_deep(unsigned depth) {
    const Probe probe;
    Scope scope;
    if (depth > 0)
        EXPECT(scope.spawn(spawn_deep(depth - 1)).has_value());
    co_await event::blocked();
}

// Bytes of stack that each level takes while the event is cancelled.
std::uint64_t stack_of_cancel(Task<> task, unsigned depth) {
    auto handle = must_spawn(std::move(task));
    EXPECT(settle());
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    lowest = here;
    handle.cancel();
    EXPECT_EQ(event::executor().unfinished, 0u);
    return (here - lowest) / depth;
}

} // namespace

TEST(depth, of_awaits_costs_little_stack) {
    constexpr unsigned DEPTH = 100; // safe at any optimisation level
    const std::uint64_t bytes = stack_of_cancel(await_deep(DEPTH), DEPTH);
    test::measure("stack_bytes_an_await", bytes); // 33 at -O2, 293 at -O0
    EXPECT_LE(bytes, 400u);
    expect_nothing_left();
}

TEST(depth, of_scopes_costs_little_stack) {
    constexpr unsigned DEPTH = 40;
    const std::uint64_t bytes = stack_of_cancel(spawn_deep(DEPTH), DEPTH);
    test::measure("stack_bytes_a_scope", bytes); // 196 at -O2, 559 at -O0
    EXPECT_LE(bytes, 800u);
    expect_nothing_left();
}

#endif
