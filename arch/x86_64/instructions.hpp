#pragma once

#include <cstdint>

// The privileged and special instructions, one function each, named as in the Intel SDM volume 2. Kernel mode only.
namespace arch {

inline void out8(std::uint16_t port, std::uint8_t value) {
    asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}
inline void out16(std::uint16_t port, std::uint16_t value) {
    asm volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}
inline std::uint8_t in8(std::uint16_t port) {
    std::uint8_t value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

inline std::uint64_t read_msr(std::uint32_t index) {
    std::uint32_t low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
    return std::uint64_t{high} << 32 | low;
}
inline void write_msr(std::uint32_t index, std::uint64_t value) {
    asm volatile("wrmsr" : : "c"(index), "a"(static_cast<std::uint32_t>(value)), "d"(value >> 32) : "memory");
}

inline constexpr std::uint32_t MSR_GS_BASE = 0xc000'0101;
inline constexpr std::uint32_t MSR_KERNEL_GS_BASE = 0xc000'0102;

inline std::uint64_t read_tsc() {
    return __builtin_ia32_rdtsc();
}

struct CpuidResult {
    std::uint32_t eax, ebx, ecx, edx;
};
inline CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
    CpuidResult result;
    asm volatile("cpuid"
                 : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
                 : "a"(leaf), "c"(subleaf));
    return result;
}

// Whether a hypervisor says that it is there: CPUID.1:ECX[31], which no processor sets.
inline bool is_virtual_machine() {
    return (cpuid(1).ecx & std::uint32_t{1} << 31) != 0;
}

// All that was written before is written before all that comes after, also to a device.
inline void memory_fence() {
    asm volatile("mfence" : : : "memory");
}

inline std::uint64_t read_cr0() {
    std::uint64_t value;
    asm volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}
inline void write_cr0(std::uint64_t value) {
    asm volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}
inline std::uint64_t read_cr2() {
    std::uint64_t value;
    asm volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}
inline std::uint64_t read_cr3() {
    std::uint64_t value;
    asm volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}
inline void write_cr3(std::uint64_t value) {
    asm volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}
inline std::uint64_t read_cr4() {
    std::uint64_t value;
    asm volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}
inline void write_cr4(std::uint64_t value) {
    asm volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}
inline void invlpg(std::uintptr_t address) {
    asm volatile("invlpg (%0)" : : "r"(address) : "memory");
}

// The vector unit's state; the 512 bytes lie at a multiple of 16. The 64-bit forms keep whole instruction pointers.
inline void fxsave(void* state) {
    asm volatile("fxsave64 (%0)" : : "r"(state) : "memory");
}
inline void fxrstor(const void* state) {
    asm volatile("fxrstor64 (%0)" : : "r"(state) : "memory");
}

inline void fninit() {
    asm volatile("fninit");
}

// Empties the x87 registers and makes the address that it keeps of its last instruction and operand this one.
inline void forget_x87_pointers() {
    static constexpr std::uint32_t zero = 0; // of no stack, whose frame those who do not come here would pay for
    asm volatile("fnclex; emms; fildl %0" : : "m"(zero));
}

// DS, ES, FS and GS mean nothing in the kernel, but ring 3 can read them. Interrupts off; the kernel's GS base is held
// in the other place meanwhile, since a load clears the one in use.
inline void clear_data_segments() {
    asm volatile("movl %0, %%ds; movl %0, %%es; movl %0, %%fs; swapgs; movl %0, %%gs; swapgs" : : "r"(0) : "memory");
}

inline std::uint64_t read_flags() {
    std::uint64_t flags;
    asm volatile("pushfq; popq %0" : "=r"(flags));
    return flags;
}
inline void cli() {
    asm volatile("cli" : : : "memory");
}
inline void sti() {
    asm volatile("sti" : : : "memory");
}
// The interrupt shadow of sti covers hlt, so an interrupt that is already pending ends the hlt (SDM volume 2, STI).
inline void sti_hlt() {
    asm volatile("sti; hlt" : : : "memory");
}
inline void cli_hlt() {
    asm volatile("cli; hlt" : : : "memory");
}

// Where a core waits for another one: the emulator lets that one run, and a processor saves power.
inline void spin_pause() {
    asm volatile("pause" : : : "memory");
}

// The operand of lgdt and lidt.
struct [[gnu::packed]] DescriptorTable {
    std::uint16_t limit;
    std::uint64_t base;
};
inline void lidt(const DescriptorTable& table) {
    asm volatile("lidt %0" : : "m"(table));
}
inline void ltr(std::uint16_t selector) {
    asm volatile("ltr %0" : : "r"(selector));
}
// Loads the table and, by a far return, the code segment; data segments stay null but SS, which iretq checks.
inline void lgdt(const DescriptorTable& table, std::uint16_t code, std::uint16_t data) {
    asm volatile("lgdt %0\n\t"
                 "movl %2, %%ss\n\t"
                 "pushq %1\n\t"
                 "leaq 1f(%%rip), %%rax\n\t"
                 "pushq %%rax\n\t"
                 "lretq\n"
                 "1:"
                 :
                 : "m"(table), "r"(std::uint64_t{code}), "r"(std::uint32_t{data})
                 : "rax", "memory");
}

} // namespace arch
