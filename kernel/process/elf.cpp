#include "kernel/process/elf.hpp"

#include "arch/x86_64/layout.hpp"
#include "kernel/process/layout.hpp"

#include <cstring>

namespace process {

namespace {

// System V gABI, chapters 4 and 5.
struct Header {
    unsigned char identification[16];
    std::uint16_t type, machine;
    std::uint32_t version;
    std::uint64_t entry, program_headers, section_headers;
    std::uint32_t flags;
    std::uint16_t header_bytes, program_header_bytes, program_header_count;
    std::uint16_t section_header_bytes, section_header_count, names_index;
};
static_assert(sizeof(Header) == 64);

struct ProgramHeader {
    std::uint32_t type, flags;
    std::uint64_t offset, address, physical_address, file_bytes, memory_bytes, alignment;
};
static_assert(sizeof(ProgramHeader) == 56);

constexpr unsigned char IDENTIFICATION[] = {0x7f, 'E', 'L', 'F', 2, 1, 1}; // 64 bits, little endian, version 1
constexpr std::uint16_t EXECUTABLE = 2;
constexpr std::uint16_t X86_64 = 62;
constexpr std::uint16_t MAXIMUM_PROGRAM_HEADERS = 64;

constexpr std::uint32_t LOAD = 1, DYNAMIC = 2, INTERPRETER = 3, THREAD_LOCAL = 7, GNU_STACK = 0x6474'e551;
constexpr std::uint32_t EXECUTE = 1, WRITE = 2;

constexpr std::uint64_t page_of(std::uint64_t address) {
    return address / arch::PAGE_BYTES;
}

// A copy, since nothing in the file needs to lie where its type may; the caller has seen that it lies inside.
template<typename T>
T read_at(std::span<const std::byte> file, std::uint64_t offset) {
    T value;
    std::memcpy(&value, file.data() + offset, sizeof value);
    return value;
}

// Null: nothing is wrong with it.
const char* refuse_header(std::span<const std::byte> file) {
    if (file.size() < sizeof(Header))
        return "shorter than an ELF header";
    const auto header = read_at<Header>(file, 0);
    if (std::memcmp(header.identification, IDENTIFICATION, 4) != 0)
        return "not an ELF file";
    if (std::memcmp(header.identification, IDENTIFICATION, sizeof IDENTIFICATION) != 0 || header.version != 1)
        return "not of the 64-bit little-endian kind, version 1";
    if (header.machine != X86_64)
        return "not for x86-64";
    if (header.type != EXECUTABLE)
        return "not an executable with fixed addresses";
    if (header.program_header_bytes != sizeof(ProgramHeader))
        return "program headers of another size";
    if (header.program_header_count == 0)
        return "no program headers";
    if (header.program_header_count > MAXIMUM_PROGRAM_HEADERS)
        return "too many program headers";
    const std::uint64_t bytes = sizeof(ProgramHeader) * header.program_header_count;
    if (bytes > file.size() || header.program_headers > file.size() - bytes)
        return "program headers behind the end of the file";
    return nullptr;
}

// What a program header that loads nothing may ask for.
const char* refuse_wish(const ProgramHeader& header) {
    switch (header.type) {
    case DYNAMIC:
    case INTERPRETER:
        return "linked dynamically";
    case THREAD_LOCAL:
        return "wants thread-local storage";
    case GNU_STACK:
        return (header.flags & EXECUTE) != 0 ? "wants an executable stack" : nullptr;
    default:
        return nullptr;
    }
}

const char* refuse_segment(const ProgramHeader& header, std::size_t file_bytes) {
    if ((header.flags & WRITE) != 0 && (header.flags & EXECUTE) != 0)
        return "a segment both writable and executable";
    if (header.file_bytes > header.memory_bytes)
        return "a segment larger in the file than in memory";
    if (header.file_bytes > file_bytes || header.offset > file_bytes - header.file_bytes)
        return "a segment behind the end of the file";
    if (header.address < arch::USER_BEGIN || header.address >= PROGRAM_END ||
        header.memory_bytes > PROGRAM_END - header.address)
        return "a segment outside of the addresses for programs";
    return nullptr;
}

ElfSegment::Access access_of(const ProgramHeader& header) {
    if ((header.flags & EXECUTE) != 0)
        return ElfSegment::Access::read_execute;
    return (header.flags & WRITE) != 0 ? ElfSegment::Access::read_write : ElfSegment::Access::read;
}

bool have_page_in_common(const ElfSegment& one, const ElfSegment& other) {
    return page_of(one.address) <= page_of(other.address + other.bytes - 1) &&
           page_of(other.address) <= page_of(one.address + one.bytes - 1);
}

const char* add_segment(ElfImage& image, const ElfSegment& segment) {
    if (image.segment_count == MAXIMUM_SEGMENTS)
        return "too many segments";
    for (std::size_t i = 0; i < image.segment_count; ++i)
        if (have_page_in_common(image.segments[i], segment))
            return "two segments on one page";
    image.segments[image.segment_count++] = segment;
    return nullptr;
}

bool lies_in_code(std::uint64_t address, const ElfImage& image) {
    for (std::size_t i = 0; i < image.segment_count; ++i) {
        const ElfSegment& segment = image.segments[i];
        if (segment.access == ElfSegment::Access::read_execute && address >= segment.address &&
            address - segment.address < segment.bytes)
            return true;
    }
    return false;
}

} // namespace

std::expected<ElfImage, const char*> read_elf(std::span<const std::byte> file) {
    if (const char* reason = refuse_header(file))
        return std::unexpected{reason};
    const auto header = read_at<Header>(file, 0);
    ElfImage image{.entry = header.entry, .segments = {}, .segment_count = 0};
    for (std::size_t i = 0; i < header.program_header_count; ++i) {
        const auto program = read_at<ProgramHeader>(file, header.program_headers + i * sizeof(ProgramHeader));
        if (const char* reason = refuse_wish(program))
            return std::unexpected{reason};
        if (program.type != LOAD || program.memory_bytes == 0)
            continue;
        if (const char* reason = refuse_segment(program, file.size()))
            return std::unexpected{reason};
        const ElfSegment segment{program.address, program.memory_bytes,
                                 file.subspan(program.offset, program.file_bytes), access_of(program)};
        if (const char* reason = add_segment(image, segment))
            return std::unexpected{reason};
    }
    if (image.segment_count == 0)
        return std::unexpected{"nothing to load"};
    if (!lies_in_code(image.entry, image))
        return std::unexpected{"the entry does not lie in code"};
    return image;
}

} // namespace process
