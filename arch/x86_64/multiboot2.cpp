#include "arch/x86_64/multiboot2.hpp"

#include "kernel/lib/panic.hpp"
#include "kernel/lib/symbols.hpp"

namespace arch {

namespace {

enum TagType : std::uint32_t {
    END = 0,
    COMMAND_LINE = 1,
    MODULE = 3,
    MEMORY_MAP = 6,
    ELF_SECTIONS = 9,
    ACPI_OLD = 14,
    ACPI_NEW = 15
};
constexpr std::uint32_t MEMORY_AVAILABLE = 1;

struct Tag {
    std::uint32_t type;
    std::uint32_t bytes;
};

struct CommandLineTag : Tag {
    char text[];
};

struct ModuleTag : Tag {
    std::uint32_t begin, end;
    char name[];
};

struct MemoryMapTag : Tag {
    struct Entry {
        std::uint64_t begin, bytes;
        std::uint32_t type, reserved;
    };
    std::uint32_t entry_bytes, entry_version;
};

struct ElfSection { // System V gABI, "Sections"
    std::uint32_t name, type;
    std::uint64_t flags, address, offset, bytes;
    std::uint32_t link, info;
    std::uint64_t alignment, entry_bytes;
};
constexpr std::uint32_t SYMBOL_TABLE = 2;

struct [[gnu::packed]] ElfSectionsTag : Tag {
    std::uint32_t count, entry_bytes, names_index;
    ElfSection sections[];
};

// A vector with its place in static memory: nothing can be allocated yet.
template<typename T, std::size_t capacity>
struct Table {
    T entries[capacity];
    std::size_t count = 0;

    void add(const T& entry, const char* what) {
        if (count == capacity)
            kernel::panic("the boot loader named more than {} {}", capacity, what);
        entries[count++] = entry;
    }
    std::span<const T> used() const { return {entries, count}; }
};

constinit Table<MemoryRange, MAXIMUM_MEMORY_RANGES> available{};
constinit Table<MemoryRange, MAXIMUM_RESERVED_RANGES> reserved{};
constinit Table<Module, MAXIMUM_MODULES> modules{};
constinit BootInformation information{};

void reserve(std::uint64_t begin, std::uint64_t bytes) {
    reserved.add({Physical{begin}, bytes}, "pieces of memory");
}

void read_memory_map(const MemoryMapTag& tag) {
    const auto* at = reinterpret_cast<const std::byte*>(&tag + 1);
    const auto* end = reinterpret_cast<const std::byte*>(&tag) + tag.bytes;
    for (; at + tag.entry_bytes <= end; at += tag.entry_bytes) {
        const auto& entry = *reinterpret_cast<const MemoryMapTag::Entry*>(at);
        if (entry.type == MEMORY_AVAILABLE)
            available.add({Physical{entry.begin}, entry.bytes}, "memory ranges");
    }
}

// Sections outside the image (low addresses) are tables that GRUB put where it liked: the symbols and their names.
void read_sections(const ElfSectionsTag& tag) {
    for (std::uint32_t index = 0; index < tag.count; ++index) {
        const ElfSection& section = tag.sections[index];
        if (section.address == 0 || section.address >= KERNEL_BASE)
            continue;
        reserve(section.address, section.bytes);
        if (section.type != SYMBOL_TABLE || section.link >= tag.count)
            continue;
        const auto* symbols = direct<const kernel::ElfSymbol>(Physical{section.address});
        const auto* names = direct<const char>(Physical{tag.sections[section.link].address});
        kernel::use_symbols({symbols, section.bytes / sizeof(kernel::ElfSymbol)}, names);
    }
}

void read_tag(const Tag& tag) {
    switch (tag.type) {
    case COMMAND_LINE:
        information.command_line = static_cast<const CommandLineTag&>(tag).text;
        break;
    case MODULE: {
        const auto& module = static_cast<const ModuleTag&>(tag);
        const std::uint64_t bytes = module.end - module.begin;
        modules.add({module.name, {Physical{module.begin}, bytes}}, "modules");
        reserve(module.begin, bytes);
        break;
    }
    case MEMORY_MAP:
        read_memory_map(static_cast<const MemoryMapTag&>(tag));
        break;
    case ELF_SECTIONS:
        read_sections(static_cast<const ElfSectionsTag&>(tag));
        break;
    case ACPI_OLD:
    case ACPI_NEW: // either will do: the RSDT is in both
        information.acpi_root = Physical{reinterpret_cast<std::uint64_t>(&tag + 1) - DIRECT_MAP_BASE};
        break;
    default:
        break;
    }
}

} // namespace

const BootInformation& multiboot2_read(Physical address) {
    const auto total_bytes = *direct<const std::uint32_t>(address);
    reserve(number(address), total_bytes);
    reserve(0x10'0000, reinterpret_cast<std::uint64_t>(image_end) - KERNEL_BASE - 0x10'0000);
    std::uint64_t at = number(address) + 8; // the tags begin behind the size and a reserved word, each on eight bytes
    for (;;) {
        const auto& tag = *direct<const Tag>(Physical{at});
        if (tag.type == END)
            break;
        read_tag(tag);
        at += (tag.bytes + 7) & ~std::uint64_t{7};
    }
    information.available = available.used();
    information.reserved = reserved.used();
    information.modules = modules.used();
    return information;
}

const BootInformation& boot_information() {
    return information;
}

} // namespace arch
