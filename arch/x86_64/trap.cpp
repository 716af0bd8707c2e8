#include "arch/x86_64/trap.hpp"

#include "arch/x86_64/core.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/layout.hpp"
#include "arch/x86_64/stop.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/lib/report.hpp"
#include "kernel/lib/symbols.hpp"

#include <string_view>

namespace arch {

namespace {

constexpr const char* EXCEPTION_NAMES[32] = {"divide error",
                                             "debug exception",
                                             "non-maskable interrupt",
                                             "breakpoint",
                                             "overflow",
                                             "bound range exceeded",
                                             "invalid opcode",
                                             "device not available",
                                             "double fault",
                                             "coprocessor overrun",
                                             "invalid task state",
                                             "segment not present",
                                             "stack fault",
                                             "general protection fault",
                                             "page fault",
                                             "reserved 15",
                                             "x87 error",
                                             "alignment check",
                                             "machine check",
                                             "SIMD error",
                                             "virtualisation exception",
                                             "control protection exception",
                                             "reserved 22",
                                             "reserved 23",
                                             "reserved 24",
                                             "reserved 25",
                                             "reserved 26",
                                             "reserved 27",
                                             "hypervisor injection",
                                             "VMM communication",
                                             "security exception",
                                             "reserved 31"};

// Error code bits of a page fault: SDM volume 3, section 4.7.
constexpr std::uint64_t FAULT_PRESENT = 1 << 0;
constexpr std::uint64_t FAULT_WRITE = 1 << 1;
constexpr std::uint64_t FAULT_FETCH = 1 << 4;

void report_cause(const TrapFrame& frame) {
    const kernel::Symbol symbol = kernel::find_symbol(frame.rip);
    const std::uint64_t address = read_cr2();
    const bool memory = frame.vector == PAGE_FAULT || frame.vector == DOUBLE_FAULT;
    if (const char* stack = guarded_stack(address); memory && stack != nullptr)
        kernel::report("FAULT stack overflow: the {} hit its guard page at {:#x}, rip={:#x} {}+{:#x}", stack, address,
                       frame.rip, symbol.name, symbol.offset);
    else if (frame.vector == PAGE_FAULT)
        kernel::report("FAULT page fault at {:#x} ({}, {}), rip={:#x} {}+{:#x}", address,
                       (frame.error_code & FAULT_FETCH) != 0   ? "execute"
                       : (frame.error_code & FAULT_WRITE) != 0 ? "write"
                                                               : "read",
                       (frame.error_code & FAULT_PRESENT) != 0 ? "not permitted" : "not present", frame.rip,
                       symbol.name, symbol.offset);
    else
        kernel::report("FAULT {} ({}), error code {:#x}, rip={:#x} {}+{:#x}", EXCEPTION_NAMES[frame.vector],
                       frame.vector, frame.error_code, frame.rip, symbol.name, symbol.offset);
}

// The mistake that most often ends like this.
void report_advice(const TrapFrame& frame) {
    const std::uint64_t address = read_cr2();
    const bool memory = frame.vector == PAGE_FAULT || frame.vector == DOUBLE_FAULT;
    if (memory && guarded_stack(address) != nullptr)
        kernel::report("look for what calls itself, keeps a large array, or resumes a frame itself instead of leaving "
                       "it to Event::poll");
    else if (frame.vector == DOUBLE_FAULT)
        kernel::report("look at rsp: a fault came when it pointed to nowhere, so nobody could deal with that");
    else if (frame.vector == PAGE_FAULT && (frame.error_code & FAULT_FETCH) != 0)
        kernel::report("look for a call through a pointer to no function: a frame that is destroyed has none");
    else if (frame.vector == PAGE_FAULT && address < PAGE_BYTES)
        kernel::report("look for a null pointer: the address is that of a member, or of a low index");
    else if (frame.vector == PAGE_FAULT && address >= -PAGE_BYTES)
        kernel::report("look for a null pointer: the address is {} bytes before null, as of null minus something",
                       -address);
    else if (std::string_view{kernel::find_symbol(frame.rip).name}.starts_with("heap::"))
        kernel::report("look for a write past the end of a block: the heap trusts what it keeps between the blocks");
    else if (frame.vector == GENERAL_PROTECTION)
        kernel::report("look for a pointer that was read from memory which is freed, or was written over");
}

// What the other cores did, and what the layers above add; that may read what was written over, so it comes last.
void report_more(kernel::Ending why) {
    kernel::report_other_cores();
    if (kernel::report_more != nullptr)
        kernel::report_more(why);
}

void report_registers(const TrapFrame& frame) {
    kernel::log("rax={:016x} rbx={:016x} rcx={:016x} rdx={:016x}", frame.rax, frame.rbx, frame.rcx, frame.rdx);
    kernel::log("rsi={:016x} rdi={:016x} rbp={:016x} rsp={:016x}", frame.rsi, frame.rdi, frame.rbp, frame.rsp);
    kernel::log("r8 ={:016x} r9 ={:016x} r10={:016x} r11={:016x}", frame.r8, frame.r9, frame.r10, frame.r11);
    kernel::log("r12={:016x} r13={:016x} r14={:016x} r15={:016x}", frame.r12, frame.r13, frame.r14, frame.r15);
}

// A call through a bad pointer faults at its target: the caller is then the word on top of the stack.
std::uint64_t fault_caller(const TrapFrame& frame) {
    const bool fetch = frame.vector == PAGE_FAULT && (frame.error_code & FAULT_FETCH) != 0;
    return fetch && kernel::on_a_stack(frame.rsp) ? *reinterpret_cast<const std::uint64_t*>(frame.rsp) - 1 : frame.rip;
}

[[noreturn]] void die_of_exception(const TrapFrame& frame) {
    kernel::stop_other_cores();
    static constinit bool dying = false;
    if (dying) // a fault while reporting one
        kernel::leave(kernel::Ending::panic);
    dying = true;
    report_cause(frame);
    report_advice(frame);
    report_registers(frame);
    kernel::report_backtrace(frame.rbp, fault_caller(frame));
    report_more(kernel::Ending::panic);
    kernel::leave(kernel::Ending::panic);
}

// The watchdog (watchdog.hpp) is the only source of NMIs that we arm.
[[noreturn]] void die_of_hang(const TrapFrame& frame) {
    kernel::stop_other_cores();
    if (is_from_user(frame)) {
        kernel::report("HANG rip={:#x} in ring 3, interrupts {}", frame.rip,
                       (frame.rflags & 1 << 9) != 0 ? "on" : "off");
        report_registers(frame);
        kernel::report_other_cores();
        kernel::leave(kernel::Ending::hang);
    }
    const kernel::Symbol symbol = kernel::find_symbol(frame.rip);
    kernel::report("HANG rip={:#x} {}+{:#x}, interrupts {}", frame.rip, symbol.name, symbol.offset,
                   (frame.rflags & 1 << 9) != 0 ? "on" : "off");
    report_registers(frame);
    if ((frame.rflags & 1 << 9) == 0)
        kernel::report("look for a loop that waits, with interrupts off, for what only an interrupt can bring");
    else if (kernel::report_more == nullptr) // a stage without events
        kernel::report("look for a loop whose end never comes: a list that leads back into itself, a size that is 0");
    else if (std::string_view{symbol.name} != "arch::wait_for_interrupt")
        kernel::report("look for a loop that never awaits: no other event has its turn while it runs");
    kernel::report_backtrace(frame.rbp, frame.rip);
    report_more(kernel::Ending::hang);
    kernel::leave(kernel::Ending::hang);
}

} // namespace

void die_of_trap(const TrapFrame& frame) {
    if (frame.vector == NMI)
        stop_if_told(frame);
    if (frame.vector == NMI)
        die_of_hang(frame);
    die_of_exception(frame);
}

} // namespace arch
