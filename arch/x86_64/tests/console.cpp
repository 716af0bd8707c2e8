#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "kernel/lib/machine.hpp"
#include "kernel/test/test.hpp"

// The console's port is slow: in Bochs, as on a PC, a byte takes 87 us.

namespace {

constinit volatile std::uint64_t rang_at = 0;

} // namespace

// What ring 3 writes in one call takes 44 ms. Nobody's deadline waits for it, and input does not overrun.
TEST(console_output, delays_no_interrupt) {
    constexpr std::uint64_t MILLISECOND = 1'000'000;
    char text[512];
    for (std::size_t i = 0; i < sizeof text; ++i)
        text[i] = i % 64 == 63 ? '\n' : static_cast<char>('a' + i % 26);
    const arch::TimerHandler before = arch::set_timer_handler([](std::uint64_t now) { rang_at = now; });
    rang_at = 0;
    const std::uint64_t deadline = arch::now() + MILLISECOND;
    arch::arm_timer(deadline);
    kernel::console_write({text, sizeof text});
    while (rang_at == 0) {
    }
    arch::set_timer_handler(before);
    EXPECT_LT(rang_at, deadline + MILLISECOND / 5);
}
