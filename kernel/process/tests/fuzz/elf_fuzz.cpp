// libFuzzer's way into the ELF reader (make fuzz-elf). The input is a file, or, when it begins with an even byte, a
// list of changes to a good one: offset (two bytes), value. The file is a malloc block of just its size, so the
// sanitizers see every look beside it; what is accepted is held against the contract (elf.hpp). Host only.

#include "kernel/process/elf.hpp"

#include "arch/x86_64/layout.hpp"
#include "kernel/process/tests/elf_file.hpp"

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using process::ElfImage;
using process::ElfSegment;

void must(bool condition, const char* what) {
    if (condition)
        return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

std::vector<std::byte> good_file() {
    static constexpr std::byte CODE[64]{};
    ElfFile file{CODE};
    file.add(ELF_READ | ELF_WRITE, ElfFile::DATA, 10'000, CODE);
    file.add(ELF_READ, ElfFile::DATA + 0x10'0000, 64, CODE);
    file.programs[file.header.program_header_count++] = {.type = 0x6474'e551};
    const std::span<const std::byte> bytes = file.bytes();
    return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> file_of(std::span<const std::uint8_t> input) {
    if (input.empty() || input[0] % 2 == 1) {
        const auto bytes = std::as_bytes(input);
        return {bytes.begin() + (input.empty() ? 0 : 1), bytes.end()};
    }
    static const std::vector<std::byte> good = good_file();
    std::vector<std::byte> file = good;
    for (std::size_t at = 1; at + 3 <= input.size(); at += 3)
        file[(input[at] << 8 | input[at + 1]) % file.size()] = std::byte{input[at + 2]};
    return file;
}

// Every page that a segment takes, as the loader does.
std::uint64_t first_page(const ElfSegment& segment) {
    return segment.address / arch::PAGE_BYTES;
}
std::uint64_t last_page(const ElfSegment& segment) {
    return (segment.address + segment.bytes - 1) / arch::PAGE_BYTES;
}

void check(const ElfImage& image, std::span<const std::byte> file) {
    bool enters_code = false;
    must(image.segment_count >= 1 && image.segment_count <= process::MAXIMUM_SEGMENTS, "number of segments");
    for (std::size_t i = 0; i < image.segment_count; ++i) {
        const ElfSegment& segment = image.segments[i];
        must(segment.bytes > 0 && segment.file.size() <= segment.bytes, "sizes");
        must(segment.address >= arch::USER_BEGIN && segment.bytes <= process::PROGRAM_END &&
                 segment.address + segment.bytes <= process::PROGRAM_END,
             "addresses");
        must(segment.file.empty() || (segment.file.data() >= file.data() &&
                                      segment.file.data() + segment.file.size() <= file.data() + file.size()),
             "bytes inside the file");
        for (std::size_t j = 0; j < i; ++j)
            must(last_page(image.segments[j]) < first_page(segment) ||
                     last_page(segment) < first_page(image.segments[j]),
                 "pages of its own");
        enters_code |= segment.access == ElfSegment::Access::read_execute && image.entry >= segment.address &&
                       image.entry < segment.address + segment.bytes;
    }
    must(enters_code, "entry in code");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<std::byte> bytes = file_of({data, size});
    // A block of its own: a vector's may be larger than what it holds.
    auto* block = static_cast<std::byte*>(std::malloc(bytes.size()));
    std::copy(bytes.begin(), bytes.end(), block);
    const std::span<const std::byte> file{block, bytes.size()};
    if (const auto image = process::read_elf(file))
        check(*image, file);
    else
        must(image.error() != nullptr && image.error()[0] != '\0', "a reason");
    std::free(block);
    return 0;
}
