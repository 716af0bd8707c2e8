#include "arch/interrupts.hpp"

#include "arch/clock.hpp"
#include "arch/x86_64/apic.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/local_apic_registers.hpp"
#include "arch/x86_64/trap.hpp"
#include "kernel/test/test.hpp"

// Interrupts that nobody asked for.

namespace {

constinit unsigned rings = 0;

} // namespace

// As the 8259s raise them when a request is taken back, and the local APIC: no handler, no acknowledgement. What comes
// next is not disturbed.
TEST(interrupts, that_are_spurious_are_ignored) {
    const std::uint64_t before = arch::interrupt_count();
    asm volatile("int $0xf7" : : : "memory");
    asm volatile("int $0xff" : : : "memory");
    EXPECT_EQ(arch::interrupt_count(), before);
    EXPECT(arch::interrupts_enabled());
    rings = 0;
    const arch::TimerHandler owner = arch::set_timer_handler([](std::uint64_t) { ++rings; });
    arch::disable_interrupts();
    arch::arm_timer(arch::now() + 10'000);
    arch::wait_for_interrupt();
    arch::enable_interrupts();
    arch::set_timer_handler(owner);
    EXPECT_EQ(rings, 1u);
}

// The 8259s' wire to the local APIC: a firmware leaves it open, for the interrupts of its own time.
TEST(interrupts, of_the_old_controllers_have_no_way_in) {
    constexpr std::uint32_t MASKED = 1 << 16;
    EXPECT_NE(arch::local_apic::read(arch::local_apic::LINT0_ENTRY) & MASKED, 0u);
    EXPECT_EQ(arch::in8(0x21), 0xffu);
    EXPECT_EQ(arch::in8(0xa1), 0xffu);
}
