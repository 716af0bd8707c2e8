// Deaths on a machine of several cores: kernel/test_cores.py reads what is said of all of them.

#include "arch/cores.hpp"
#include "arch/interrupts.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/tests/on_core.hpp"
#include "kernel/lib/log.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/test/test.hpp"

namespace deaths {

[[noreturn]] void panic_there() {
    kernel::panic("had enough on core {}", arch::this_core_number());
}

void spin_there() {
    const arch::InterruptGuard guard;
    for (volatile bool forever = true; forever;) {
    }
}

// So that QEMU lets the other cores run.
void spin_politely() {
    const arch::InterruptGuard guard;
    for (;;)
        arch::spin_pause();
}

[[gnu::noinline]] unsigned descend_there(unsigned depth) {
    volatile unsigned kept = depth;
    return kept == 0 ? 0 : descend_there(depth + 1) + kept;
}

// Faults in the middle of a line, which no other core may write meanwhile.
void write_badly() {
    kernel::console_write({reinterpret_cast<const char*>(0x5eed'0000'0000), 8});
}

} // namespace deaths

TEST(death, by_panic_on_another_core) {
    test::run_on(1, deaths::panic_there);
}

TEST(death, by_hang_on_another_core) {
    test::run_on(2, deaths::spin_there);
}

TEST(death, by_panic_here_while_another_core_hangs) {
    arch::run_on_core(1, deaths::spin_politely);
    for (int i = 0; i < 1'000; ++i)
        arch::spin_pause();
    kernel::panic("had enough here");
}

TEST(death, by_panic_on_all_cores_at_once) {
    test::run_on_all(deaths::panic_there, deaths::panic_there);
}

TEST(death, by_stack_overflow_on_another_core) {
    test::run_on(3, [] { deaths::descend_there(1); });
}

TEST(death, by_double_fault_on_another_core) {
    test::run_on(3, [] { asm volatile("movabs $0x5eed00000000, %rsp; push %rax"); });
}

TEST(death, by_fault_within_a_line) {
    test::run_on(1, deaths::write_badly);
}
