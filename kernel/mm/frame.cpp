#include "kernel/mm/frame.hpp"

#include "kernel/lib/panic.hpp"

#include <bit>
#include <cstring>

namespace frame {

namespace {

using arch::MemoryRange;
using arch::number;
using arch::PAGE_BYTES;
using arch::Physical;

constexpr std::size_t BITS = 64;
constexpr std::uint64_t BOOT_MAPPED_BYTES = std::uint64_t{1} << 30;
constexpr std::uint64_t FIRST_USABLE = 0x10'0000; // the first MiB is the firmware's and the loader's

constinit std::uint64_t* bitmap = nullptr;
constinit std::uint32_t* more_holders = nullptr; // of a frame that is taken, beside the first
constinit std::size_t word_count = 0;
constinit std::size_t first_candidate = 0; // no free frame lies in a word before this one
constinit Stats counts{};
constinit std::uint64_t end = 0;
constinit std::size_t failing = 0; // which allocation from now on is to fail; zero: none

std::uint64_t end_of(const MemoryRange& range) {
    return number(range.begin) + range.bytes;
}

bool is_free(std::size_t index) {
    return (bitmap[index / BITS] >> index % BITS & 1) != 0;
}

void mark(std::size_t index, bool free) {
    const std::uint64_t bit = std::uint64_t{1} << index % BITS;
    if (is_free(index) == free)
        return;
    bitmap[index / BITS] ^= bit;
    counts.free += free ? 1 : std::size_t(-1);
}

// Whole frames inside the range become free, or every frame that the range touches becomes taken.
void mark_range(std::uint64_t begin, std::uint64_t range_end, bool free) {
    const std::uint64_t first = free ? (begin + PAGE_BYTES - 1) / PAGE_BYTES : begin / PAGE_BYTES;
    const std::uint64_t last = free ? range_end / PAGE_BYTES : (range_end + PAGE_BYTES - 1) / PAGE_BYTES;
    for (std::uint64_t index = first; index < last && index < word_count * BITS; ++index)
        mark(index, free);
}

// A frame that is taken.
std::size_t index_of(Physical frame) {
    const std::size_t index = number(frame) / PAGE_BYTES;
    if (number(frame) % PAGE_BYTES != 0 || number(frame) >= end)
        kernel::panic("frame {:#x} is not one of memory's", number(frame));
    if (is_free(index))
        kernel::panic("frame {:#x} is free already", number(frame));
    return index;
}

// A place for the tables: available, mapped at boot, clear of everything that the loader left there.
std::uint64_t find_place(const arch::BootInformation& information, std::uint64_t bytes) {
    for (const MemoryRange& range : information.available) {
        std::uint64_t at = number(range.begin) < FIRST_USABLE ? FIRST_USABLE : number(range.begin);
        for (bool moved = true; moved;) {
            moved = false;
            for (const MemoryRange& taken : information.reserved)
                if (at < end_of(taken) && number(taken.begin) < at + bytes) {
                    at = (end_of(taken) + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
                    moved = true;
                }
        }
        if (at + bytes <= end_of(range) && at + bytes <= BOOT_MAPPED_BYTES)
            return at;
    }
    kernel::panic("no {} bytes of memory for the tables of frames", bytes);
}

} // namespace

void initialise(const arch::BootInformation& information) {
    for (const MemoryRange& range : information.available)
        end = end_of(range) > end ? end_of(range) : end;
    word_count = (end / PAGE_BYTES + BITS - 1) / BITS;
    const std::uint64_t bitmap_bytes = word_count * sizeof(std::uint64_t);
    const std::uint64_t table_bytes = bitmap_bytes + word_count * BITS * sizeof(std::uint32_t);
    const std::uint64_t place = find_place(information, table_bytes);
    bitmap = arch::direct<std::uint64_t>(Physical{place});
    more_holders = arch::direct<std::uint32_t>(Physical{place + bitmap_bytes});
    std::memset(bitmap, 0, table_bytes);

    for (const MemoryRange& range : information.available)
        mark_range(number(range.begin), end_of(range), true);
    mark_range(0, FIRST_USABLE, false);
    mark_range(place, place + table_bytes, false);
    for (const MemoryRange& range : information.reserved)
        mark_range(number(range.begin), end_of(range), false);
    counts.total = counts.free;
}

std::optional<Physical> allocate() {
    if (failing != 0 && --failing == 0)
        return std::nullopt;
    for (std::size_t word = first_candidate; word < word_count; ++word) {
        if (bitmap[word] == 0)
            continue;
        first_candidate = word;
        const std::size_t index = word * BITS + static_cast<std::size_t>(std::countr_zero(bitmap[word]));
        mark(index, false);
        return Physical{index * PAGE_BYTES};
    }
    first_candidate = word_count;
    return std::nullopt;
}

std::optional<Physical> allocate_cleared() {
    const std::optional<Physical> frame = allocate();
    if (frame)
        std::memset(arch::direct<void>(*frame), 0, PAGE_BYTES);
    return frame;
}

void deallocate(Physical frame) {
    const std::size_t index = index_of(frame);
    if (more_holders[index] != 0) {
        --more_holders[index];
        return;
    }
    mark(index, true);
    if (index / BITS < first_candidate)
        first_candidate = index / BITS;
}

void share(Physical frame) {
    ++more_holders[index_of(frame)];
}

bool is_shared(Physical frame) {
    return more_holders[index_of(frame)] != 0;
}

void fail_allocation(std::size_t number) {
    failing = number;
}

Stats stats() {
    return counts;
}

Physical end_of_memory() {
    return Physical{end};
}

} // namespace frame
