#include "arch/x86_64/apic.hpp"
#include "arch/x86_64/device_memory.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/trap.hpp"

#include <atomic>

namespace arch {

constinit bool local_apic::x2apic = false;
constinit volatile std::uint32_t* local_apic::registers = nullptr;

using namespace local_apic;

namespace {

constexpr std::uint32_t MSR_APIC_BASE = 0x1b;
constexpr std::uint64_t BASE_X2APIC = 1 << 10;
constexpr std::uint64_t BASE_ENABLE = 1 << 11;
constexpr std::uint32_t MSR_TSC_DEADLINE = 0x6e0;
constexpr std::uint32_t CPUID_X2APIC = 1 << 21;       // leaf 1, ecx
constexpr std::uint32_t CPUID_TSC_DEADLINE = 1 << 24; // leaf 1, ecx
constexpr std::uint32_t SOFTWARE_ENABLE = 1 << 8;
constexpr std::uint32_t MASKED = 1 << 16;
constexpr std::uint32_t MODE_ONE_SHOT = 0 << 17;
constexpr std::uint32_t MODE_TSC_DEADLINE = 2 << 17;
constexpr std::uint32_t DIVIDE_BY_16 = 0b0011;

constinit bool has_deadline = false;

// The two 8259A controllers: moved off the exception vectors in case one still speaks (a request that is taken back at
// the wrong moment comes as its line 7, masked or not), then silenced.
void disable_legacy_controllers() {
    constexpr std::uint16_t COMMAND[] = {0x20, 0xa0};
    constexpr std::uint16_t DATA[] = {0x21, 0xa1};
    for (int chip = 0; chip < 2; ++chip) {
        out8(COMMAND[chip], 0x11);                                            // ICW1: begin, cascade, ICW4 follows
        out8(DATA[chip], static_cast<std::uint8_t>(FIRST_LEGACY + 8 * chip)); // ICW2: vectors
        out8(DATA[chip], chip == 0 ? 0x04 : 0x02);                            // ICW3: the cascade line
        out8(DATA[chip], 0x01);                                               // ICW4: 8086 mode
        out8(DATA[chip], 0xff);                                               // mask all
    }
}

// Of AMD's families 0x0f and 0x10, whose timer stops with the core where the firmware has C1E on for hlt (erratum 400;
// BIOS and Kernel Developer's Guide, MSRC001_0055 "Interrupt Pending Message"): then no halt would end.
void keep_timer_running() {
    constexpr std::uint32_t MSR_INTERRUPT_PENDING = 0xc001'0055;
    constexpr std::uint64_t STOP_ON_HALT = 3 << 27;
    const CpuidResult vendor = cpuid(0);
    const CpuidResult version = cpuid(1);
    const std::uint32_t family = (version.eax >> 8 & 0xf) + (version.eax >> 20 & 0xff);
    const bool amd = vendor.ebx == 0x6874'7541 && vendor.edx == 0x6974'6e65 && vendor.ecx == 0x444d'4163;
    if (!amd || is_virtual_machine() || (family != 0x0f && family != 0x10))
        return;
    if (const std::uint64_t value = read_msr(MSR_INTERRUPT_PENDING); (value & STOP_ON_HALT) != 0)
        write_msr(MSR_INTERRUPT_PENDING, value & ~STOP_ON_HALT);
}

} // namespace

void local_apic_initialise() {
    disable_legacy_controllers();
    keep_timer_running();
    const std::uint32_t features = cpuid(1).ecx;
    const std::uint64_t base = read_msr(MSR_APIC_BASE) | BASE_ENABLE;
    x2apic = (features & CPUID_X2APIC) != 0;
    has_deadline = (features & CPUID_TSC_DEADLINE) != 0;
    write_msr(MSR_APIC_BASE, base); // from off to x2APIC are two steps: SDM volume 3, section 11.12.5
    if (x2apic)
        write_msr(MSR_APIC_BASE, base | BASE_X2APIC);
    if (!x2apic)
        registers = device_memory<std::uint32_t>(Physical{base & 0x000f'ffff'ffff'f000});
    write(TASK_PRIORITY, 0);
    write(SPURIOUS_VECTOR, SOFTWARE_ENABLE | SPURIOUS);
    write(LINT0_ENTRY, MASKED); // the 8259s' wire, which the firmware leaves open
    write(DIVIDE, DIVIDE_BY_16);
    write(TIMER_ENTRY, (has_deadline ? MODE_TSC_DEADLINE : MODE_ONE_SHOT) | TIMER);
    memory_fence(); // before the first deadline: SDM volume 3, section 11.5.4.1
}

std::uint32_t local_apic_id() {
    return x2apic ? read(ID) : read(ID) >> 24;
}

void local_apic_send(std::uint32_t id, Command command, std::uint8_t number) {
    const std::uint32_t word = static_cast<std::uint32_t>(command) | number;
    // A write to an MSR of the local APIC waits for no earlier store: SDM volume 3, section 11.12.3.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (x2apic)
        return write_msr(MSR_X2APIC_FIRST + COMMAND / 16, std::uint64_t{id} << 32 | word);
    constexpr std::uint32_t IS_BEING_SENT = 1 << 12;
    while ((read(COMMAND) & IS_BEING_SENT) != 0)
        spin_pause();
    write(DESTINATION, id << 24);
    write(COMMAND, word);
}

std::uint32_t local_apic_timer_remaining() {
    return read(CURRENT_COUNT);
}

bool local_apic_timer_has_deadline() {
    return has_deadline;
}
void local_apic_timer_deadline(std::uint64_t deadline) {
    write_msr(MSR_TSC_DEADLINE, deadline);
}

} // namespace arch
