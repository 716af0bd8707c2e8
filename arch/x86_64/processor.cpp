#include "arch/x86_64/processor.hpp"

#include "arch/x86_64/instructions.hpp"

namespace arch {

// Intel SDM volume 3, section 2.5, CR4; volume 2, CPUID leaf 7.
void processor_initialise() {
    constexpr std::uint64_t CR4_MCE = 1 << 6; // without it a machine check is a reset
    constexpr std::uint64_t CR4_PGE = 1 << 7;
    constexpr std::uint64_t CR4_UMIP = 1 << 11;
    constexpr std::uint64_t CR4_SMEP = 1 << 20;
    constexpr std::uint64_t CR4_SMAP = 1 << 21;
    const CpuidResult features = cpuid(0).eax >= 7 ? cpuid(7) : CpuidResult{};
    std::uint64_t cr4 = read_cr4() | CR4_PGE;
    if ((cpuid(1).edx & 1 << 7) != 0)
        cr4 |= CR4_MCE;
    if ((features.ebx & 1 << 7) != 0)
        cr4 |= CR4_SMEP;
    if ((features.ebx & 1 << 20) != 0)
        cr4 |= CR4_SMAP;
    if ((features.ecx & 1 << 2) != 0)
        cr4 |= CR4_UMIP;
    write_cr4(cr4);
}

} // namespace arch
