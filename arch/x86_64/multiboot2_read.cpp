#include "arch/x86_64/multiboot2.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/lib/symbols.hpp"

namespace arch {

const BootInformation& multiboot2_read(Physical address) {
    const auto bytes = *direct<const std::uint32_t>(address);
    LoadedSymbols found;
    const char* wrong = multiboot2_parse({direct<const std::byte>(address), bytes}, address,
                                         reinterpret_cast<std::uint64_t>(image_end) - KERNEL_BASE, found);
    if (wrong != nullptr)
        kernel::panic("the boot loader's information is not to be used: {}", wrong);
    const auto* symbols = direct<const kernel::ElfSymbol>(found.symbols.begin);
    if (found.symbols.bytes != 0)
        kernel::use_symbols({symbols, found.symbols.bytes / sizeof(kernel::ElfSymbol)},
                            direct<const char>(found.names));
    return boot_information();
}

} // namespace arch
