#include "arch/x86_64/multiboot2.hpp"

#include <algorithm>
#include <cstring>

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
constexpr std::size_t TAG_BYTES = 8; // type and length
constexpr std::uint64_t BOOT_MAPPED_BYTES = std::uint64_t{1} << 30;
constexpr std::uint64_t IMAGE_BEGIN = 0x10'0000;

struct MemoryMapEntry {
    std::uint64_t begin, bytes;
    std::uint32_t type, reserved;
};

struct ElfSection { // System V gABI, "Sections"
    std::uint32_t name, type;
    std::uint64_t flags, address, offset, bytes;
    std::uint32_t link, info;
    std::uint64_t alignment, entry_bytes;
};
constexpr std::uint32_t SYMBOL_TABLE = 2;

// A vector with its place in static memory: nothing can be allocated yet.
template<typename T, std::size_t capacity>
struct Table {
    T entries[capacity];
    std::size_t count = 0;

    // Null, or the complaint.
    const char* add(const T& entry, const char* complaint) {
        if (count == capacity)
            return complaint;
        entries[count++] = entry;
        return nullptr;
    }
    std::span<const T> used() const { return {entries, count}; }
};

constinit Table<MemoryRange, MAXIMUM_MEMORY_RANGES> available{};
constinit Table<MemoryRange, MAXIMUM_RESERVED_RANGES> reserved{};
constinit Table<Module, MAXIMUM_MODULES> modules{};
constinit BootInformation information{};

using Bytes = std::span<const std::byte>;

// What lies at `offset`; the caller has looked that it is within.
template<typename T>
T object_at(Bytes bytes, std::size_t offset) {
    T object;
    std::memcpy(&object, bytes.data() + offset, sizeof object);
    return object;
}

// A text that ends with a zero, from `offset` on; to the tag's end when it does not.
std::string_view text_at(Bytes tag, std::size_t offset) {
    const std::string_view text{reinterpret_cast<const char*>(tag.data()) + offset, tag.size() - offset};
    return text.substr(0, text.find('\0'));
}

bool is_mapped(std::uint64_t begin, std::uint64_t bytes) {
    return begin <= BOOT_MAPPED_BYTES && bytes <= BOOT_MAPPED_BYTES - begin;
}

const char* reserve(std::uint64_t begin, std::uint64_t bytes) {
    if (!is_mapped(begin, bytes))
        return "something that it loaded lies beyond the first GiB";
    return reserved.add({Physical{begin}, bytes}, "it names too many pieces of memory");
}

const char* read_memory_map(Bytes tag) {
    constexpr std::size_t FIRST = 16; // behind the size and the version of an entry
    if (tag.size() < FIRST)
        return "its memory map is cut off";
    const std::size_t entry_bytes = object_at<std::uint32_t>(tag, 8);
    if (entry_bytes < sizeof(MemoryMapEntry))
        return "the entries of its memory map are too small";
    for (std::size_t at = FIRST; at < tag.size() && entry_bytes <= tag.size() - at; at += entry_bytes) {
        const auto entry = object_at<MemoryMapEntry>(tag, at);
        if (entry.type != MEMORY_AVAILABLE || entry.begin >= PART_BYTES)
            continue;
        const std::uint64_t bytes = std::min(entry.bytes, PART_BYTES - entry.begin);
        if (const char* wrong = available.add({Physical{entry.begin}, bytes}, "it names too many ranges of memory"))
            return wrong;
    }
    return nullptr;
}

// Sections outside the image (low addresses) are tables that GRUB put where it liked: the symbols and their names.
const char* read_sections(Bytes tag, LoadedSymbols& symbols) {
    constexpr std::size_t FIRST = 20; // behind their number, the size of one, and which one has the names
    if (tag.size() < FIRST)
        return "its list of sections is cut off";
    const std::size_t count = object_at<std::uint32_t>(tag, 8);
    if (count != 0 && object_at<std::uint32_t>(tag, 12) != sizeof(ElfSection))
        return "its sections have another size";
    if (count > (tag.size() - FIRST) / sizeof(ElfSection))
        return "it names more sections than there are";
    for (std::size_t index = 0; index < count; ++index) {
        const auto section = object_at<ElfSection>(tag, FIRST + index * sizeof(ElfSection));
        if (section.address == 0 || section.address >= KERNEL_BASE)
            continue;
        if (const char* wrong = reserve(section.address, section.bytes))
            return wrong;
        if (section.type != SYMBOL_TABLE || section.link >= count)
            continue;
        const auto names = object_at<ElfSection>(tag, FIRST + section.link * sizeof(ElfSection));
        if (is_mapped(names.address, names.bytes))
            symbols = {{Physical{section.address}, section.bytes}, Physical{names.address}};
    }
    return nullptr;
}

const char* read_module(Bytes tag) {
    constexpr std::size_t NAME = 16; // behind begin and end
    if (tag.size() < NAME)
        return "a module is cut off";
    const std::uint64_t begin = object_at<std::uint32_t>(tag, 8);
    const std::uint64_t end = object_at<std::uint32_t>(tag, 12);
    if (end < begin)
        return "a module ends before it begins";
    if (const char* wrong =
            modules.add({text_at(tag, NAME), {Physical{begin}, end - begin}}, "it names too many modules"))
        return wrong;
    return reserve(begin, end - begin);
}

// The newer copy has all that the older has, and the XSDT.
void take_acpi_root(Bytes tag, Physical address, std::size_t bytes) {
    if (tag.size() >= TAG_BYTES + bytes)
        information.acpi_root = Physical{number(address) + TAG_BYTES};
}

// `address` is the tag's.
const char* read_tag(Bytes tag, Physical address, LoadedSymbols& symbols) {
    constexpr std::size_t OLD_BYTES = 20;
    constexpr std::size_t NEW_BYTES = 36;
    switch (object_at<std::uint32_t>(tag, 0)) {
    case COMMAND_LINE:
        information.command_line = text_at(tag, TAG_BYTES);
        return nullptr;
    case MODULE:
        return read_module(tag);
    case MEMORY_MAP:
        return read_memory_map(tag);
    case ELF_SECTIONS:
        return read_sections(tag, symbols);
    case ACPI_OLD:
        if (number(information.acpi_root) == 0)
            take_acpi_root(tag, address, OLD_BYTES);
        return nullptr;
    case ACPI_NEW:
        take_acpi_root(tag, address, NEW_BYTES);
        return nullptr;
    default:
        return nullptr;
    }
}

} // namespace

// Multiboot2 Specification 2.0, section 3.6: the size and a reserved word, then tags, each on eight bytes.
const char* multiboot2_parse(std::span<const std::byte> raw, Physical address, std::uint64_t image_end,
                             LoadedSymbols& symbols) {
    available.count = reserved.count = modules.count = 0;
    information = {};
    symbols = {};
    if (const char* wrong = reserve(number(address), raw.size()))
        return wrong;
    if (const char* wrong = reserve(IMAGE_BEGIN, image_end - IMAGE_BEGIN))
        return wrong;
    std::size_t at = 8;
    for (;;) {
        if (at > raw.size() || raw.size() - at < TAG_BYTES)
            return "it has no end";
        const std::size_t bytes = object_at<std::uint32_t>(raw, at + 4);
        if (object_at<std::uint32_t>(raw, at) == END)
            break;
        if (bytes < TAG_BYTES || bytes > raw.size() - at)
            return "a tag does not fit into it";
        if (const char* wrong = read_tag(raw.subspan(at, bytes), Physical{number(address) + at}, symbols))
            return wrong;
        at += (bytes + 7) & ~std::size_t{7};
    }
    information.available = available.used();
    information.reserved = reserved.used();
    information.modules = modules.used();
    return nullptr;
}

const BootInformation& boot_information() {
    return information;
}

} // namespace arch
