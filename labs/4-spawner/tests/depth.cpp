// What stack it takes to cancel: the same however deep the awaits are, and little for each scope within a scope.

#include "labs/4-spawner/tests/support.hpp"

namespace {

// The lowest place on the stack that destructors have seen.
std::uintptr_t lowest;
unsigned probes;

struct Probe {
    ~Probe() {
        const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
        lowest = here < lowest ? here : lowest;
        ++probes;
    }
};

Task<> await_deep(unsigned depth) {
    const Probe probe;
    if (depth > 0)
        static_cast<void>(co_await await_deep(depth - 1));
    else
        co_await event::blocked();
}
// Bytes of stack that the destructors of the event's frames find taken, while it is cancelled.
std::uint64_t stack_of_cancel(Task<> task) {
    auto handle = must_spawn(std::move(task));
    EXPECT(settle());
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    lowest = here;
    probes = 0;
    handle.cancel();
    EXPECT_EQ(event::executor().unfinished, 0u);
    return here - lowest;
}

// Each stage has the handle of the one before, of all there are, in its parameters.
Task<> pass_on(JoinHandle<>, Probe) {
    co_return;
}
// Bytes of stack that are taken when a chain of so many events, which have all ended, is given up at its last.
std::uint64_t stack_of_results(unsigned length) {
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    {
        JoinHandle<> last;
        for (unsigned i = 0; i < length; ++i) {
            last = must_spawn(pass_on(std::move(last), Probe{}));
            EXPECT(settle());
        }
        lowest = here;
        probes = 0;
    }
    EXPECT_GE(probes, length);
    return here - lowest;
}

} // namespace

TEST(depth, of_awaits_costs_no_stack) {
    const std::uint64_t shallow = stack_of_cancel(await_deep(1));
    EXPECT_EQ(probes, 2u);
    const std::uint64_t deep = stack_of_cancel(await_deep(10'000));
    EXPECT_EQ(probes, 10'001u);
    test::measure("stack_bytes", deep);
    EXPECT_EQ(deep, shallow);
    EXPECT_EQ(stack_of_results(2'000), stack_of_results(20));
    expect_nothing_left();
}

#if !__STDC_HOSTED__
namespace {

Task<> spawn_deep(unsigned depth) {
    const Probe probe;
    Scope scope;
    if (depth > 0)
        EXPECT(scope.spawn(spawn_deep(depth - 1)).has_value());
    co_await event::blocked();
}

} // namespace

// Only the kernel's stack is the real one.
TEST(depth, of_scopes_costs_little_stack) {
    constexpr unsigned DEPTH = 40;
    const std::uint64_t bytes = stack_of_cancel(spawn_deep(DEPTH)) / DEPTH;
    test::measure("stack_bytes_a_scope", bytes); // 196 at -O2, 559 at -O0
    EXPECT_LE(bytes, 800u);
    expect_nothing_left();
}
#endif
