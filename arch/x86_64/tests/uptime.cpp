#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "arch/x86_64/tests/user_world.hpp"
#include "arch/x86_64/user_mode.hpp"
#include "arch/x86_64/watchdog.hpp"
#include "kernel/test/test.hpp"

#include <initializer_list>

// What the clock promises when the machine has been up for long: no error may grow with the time since power on. Halts
// cost an emulator nothing, so long is a quarter of an hour. The first of these tests has the machine wait for it, and
// those behind it in the same boot find it done.

namespace {

constexpr std::uint64_t SECOND = 1'000'000'000;
constexpr std::uint64_t LONG = 1'000 * SECOND;
constexpr std::uint64_t SLICE = 5'000'000;

constinit volatile std::uint64_t rang_at = 0;

// Halts until the one deadline, which is the machine's only reason to go on; gives when the timer rang.
std::uint64_t halt_until(std::uint64_t deadline) {
    const arch::TimerHandler before = arch::set_timer_handler([](std::uint64_t now) { rang_at = now; });
    rang_at = 0;
    arch::disable_interrupts();
    arch::arm_timer(deadline);
    while (rang_at == 0)
        arch::wait_for_interrupt();
    arch::enable_interrupts();
    arch::set_timer_handler(before);
    return rang_at;
}

// Half a minute is the most that the watchdog can wait; the harness starts it again for the next test.
void wait_for_long_uptime() {
    arch::watchdog_stop();
    if (arch::now() < LONG)
        halt_until(LONG);
}

} // namespace

USER_CODE(count_on, "1: inc %rax; jmp 1b");
USER_CODE(call_on, "1: mov $3, %eax; syscall; jmp 1b");

TEST(uptime, leaves_deadlines_exact) {
    wait_for_long_uptime();
    for (const std::uint64_t wait : {SECOND / 100'000, SECOND / 1'000, SECOND / 10, 10 * SECOND, 600 * SECOND}) {
        const std::uint64_t deadline = arch::now() + wait;
        const std::uint64_t interrupts = arch::interrupt_count();
        const std::uint64_t came_at = halt_until(deadline);
        EXPECT_GE(came_at + wait / 10'000 + 1'000, deadline); // a counter is measured, and that is how well
        EXPECT_LT(came_at, deadline + wait / 10'000 + 50'000);
        EXPECT_LE(arch::interrupt_count() - interrupts, 2 + wait / (50 * SECOND)); // a counter of 32 bits rings early
    }
}

// 20 slices, and no interrupt but the ends of them.
TEST(uptime, interrupts_ring_3_for_its_slices_only) {
    wait_for_long_uptime();
    user_world::UserWorld world;
    arch::UserContext context = world.begin(count_on);
    const std::uint64_t interrupts = arch::interrupt_count();
    for (int i = 0; i < 20; ++i) {
        arch::begin_slice(SLICE);
        while (!arch::slice_is_over())
            (void)arch::enter_user(context);
        EXPECT_LT(arch::end_slice(), SLICE + 10'000);
    }
    EXPECT_LE(arch::interrupt_count() - interrupts, 21u);
    EXPECT_GT(context.rax, 20 * SLICE / 1'000);
}

// A call begins a slice anew, as the process event does: the timer is set, over and over, and never due.
TEST(uptime, lets_ring_3_make_its_calls) {
    wait_for_long_uptime();
    user_world::UserWorld world;
    arch::UserContext context = world.begin(call_on);
    const std::uint64_t end = arch::now() + SLICE;
    const std::uint64_t interrupts = arch::interrupt_count();
    std::uint64_t calls = 0;
    while (arch::now() < end) {
        arch::begin_slice(SLICE);
        calls += arch::enter_user(context).kind == arch::Trap::Kind::system_call ? 1 : 0;
        arch::end_slice();
    }
    EXPECT_GT(calls, 100u);
    EXPECT_LE(arch::interrupt_count() - interrupts, 2u);
}
