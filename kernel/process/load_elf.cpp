#include "kernel/process/address_space.hpp"
#include "kernel/process/elf.hpp"

#include <algorithm>
#include <cstring>

namespace process {

namespace {

using arch::PAGE_BYTES;
using kernel::Error;

Access access_of(const ElfSegment& segment) {
    switch (segment.access) {
    case ElfSegment::Access::read:
        return Access::read;
    case ElfSegment::Access::read_write:
        return Access::read_write;
    case ElfSegment::Access::read_execute:
        return Access::read_execute;
    }
}

// Writes what ring 3 may only read, perhaps: through the direct map, to pages that nobody shares yet. What the file
// does not fill stays to be filled with zeros when it is touched.
std::expected<void, Error> fill(AddressSpace& space, const ElfSegment& segment) {
    for (std::size_t done = 0; done < segment.file.size();) {
        const std::uint64_t at = segment.address + done;
        const std::size_t part = std::min<std::uint64_t>(segment.file.size() - done, PAGE_BYTES - at % PAGE_BYTES);
        const auto where = space.locate(UserAddress{at}, Right::read);
        if (!where)
            return std::unexpected{where.error()};
        std::memcpy(arch::direct<std::byte>(*where), segment.file.data() + done, part);
        done += part;
    }
    return {};
}

} // namespace

std::expected<void, Error> load_elf(AddressSpace& space, const ElfImage& image) {
    for (std::size_t i = 0; i < image.segment_count; ++i) {
        const ElfSegment& segment = image.segments[i];
        const std::uint64_t begin = segment.address / PAGE_BYTES * PAGE_BYTES;
        const std::uint64_t end = (segment.address + segment.bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
        if (const auto mapped = space.map(UserAddress{begin}, end - begin, access_of(segment)); !mapped)
            return mapped;
        if (const auto filled = fill(space, segment); !filled)
            return filled;
    }
    return {};
}

} // namespace process
