#include "arch/cores.hpp"
#include "arch/interrupts.hpp"
#include "arch/x86_64/apic.hpp"
#include "arch/x86_64/clock.hpp"
#include "arch/x86_64/console.hpp"
#include "arch/x86_64/cores.hpp"
#include "arch/x86_64/gdt.hpp"
#include "arch/x86_64/multiboot2.hpp"
#include "arch/x86_64/processor.hpp"
#include "arch/x86_64/trap.hpp"
#include "arch/x86_64/user_mode.hpp"
#include "kernel/lib/log.hpp"
#include "kernel/mm/arena.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/heap.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/stage/stage.hpp"
#include "kernel/test/harness.hpp"

namespace {

constinit const kernel::Orders* orders = nullptr;

// What stands on the machine, on the core that is to begin.
[[noreturn, clang::always_inline]] inline void begin() {
    arch::disable_interrupts();
    heap::initialise(heap::map_arena(orders->heap_mebibytes)); // layer 1, the first line that is a student's
    stage::begin();                                            // what stands on the other layers of this stage
    arch::enable_interrupts();                                 // from here on the machine may interrupt us
    if (orders->test_count > 0)
        test::run(*orders);
    stage::live();
}

} // namespace

// The kernel from its first C++ instruction on: one call and one reason a line. entry.asm has brought us into long
// mode, to the higher half and onto the kernel stack; interrupts are off.
extern "C" [[noreturn]] void kernel_main(std::uint32_t multiboot2_information) {
    arch::console_initialise();                                                       // now we can speak
    arch::gdt_initialise();                                                           // segments, and stacks for faults
    arch::idt_initialise();                                                           // now a fault is a report
    const auto& boot = arch::multiboot2_read(arch::Physical{multiboot2_information}); // memory map, symbols, modules
    frame::initialise(boot);                                                          // physical memory by frames
    page_table::initialise();                       // our own tables, with permissions
    arch::processor_initialise();                   // SMEP, SMAP and their like
    arch::user_mode_initialise();                   // ring 3, when there is something to run
    arch::local_apic_initialise();                  // interrupts of this core
    arch::io_apic_initialise(boot.acpi_root);       // interrupts of devices
    arch::clock_initialise();                       // nanoseconds, and one deadline
    arch::cores_start();                            // the other cores, which halt
    orders = &test::take_orders(boot.command_line); // ready; no student code ran yet
    kernel::log("pollux: {} frames free of {}", frame::stats().free, frame::stats().total);
    if (orders->core == 0)
        begin();
    arch::run_on_core(orders->core, begin); // to see that all goes there as it does here
    arch::serve_as_core();
}
