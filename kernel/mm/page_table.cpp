#include "kernel/mm/page_table.hpp"

#include "arch/x86_64/cores.hpp"
#include "arch/x86_64/device_memory.hpp"
#include "arch/x86_64/paging.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/page_walk.hpp"

namespace page_table {

namespace {

using arch::number;
using arch::PAGE_BYTES;
using arch::Physical;

constexpr std::uint64_t LARGE_BYTES = bytes_of(2);

constinit Physical root{0};

std::uint64_t flags_of(Access access) {
    switch (access) {
    case Access::read:
        return PRESENT | GLOBAL | NO_EXECUTE;
    case Access::read_write:
        return PRESENT | GLOBAL | NO_EXECUTE | WRITABLE;
    case Access::read_execute:
        return PRESENT | GLOBAL;
    case Access::device:
        return PRESENT | GLOBAL | NO_EXECUTE | WRITABLE | WRITE_THROUGH | UNCACHED;
    }
}

std::expected<void, Error> set(std::uintptr_t address, std::uint64_t value, int level) {
    // The user tables that were made before would not see a new entry of the top table.
    KASSERT(address >= arch::DIRECT_MAP_BASE);
    if ((arch::direct<Table>(root)->entries[index_of(address, TOP_LEVEL)] & PRESENT) == 0)
        kernel::panic("{:#x} lies in no part of the kernel's half (arch/x86_64/layout.hpp)", address);
    std::size_t made = 0;
    const auto entry = make_entry(root, address, made, level);
    if (!entry)
        return std::unexpected{entry.error()};
    if ((**entry & PRESENT) != 0)
        return std::unexpected{Error::already_mapped};
    **entry = value;
    return {};
}

void must(const std::expected<void, Error>& result) {
    if (!result)
        kernel::panic("no memory for the kernel's own page tables");
}

void map_image_part(const char* begin, const char* end, Access access) {
    for (const char* page = begin; page < end; page += PAGE_BYTES) {
        const bool guard = page == kernel_stack_guard || page == double_fault_stack_guard || page == nmi_stack_guard ||
                           page == machine_check_stack_guard;
        const auto address = reinterpret_cast<std::uintptr_t>(page);
        if (!guard)
            must(map(address, Physical{address - arch::KERNEL_BASE}, access));
    }
}

// The tables right below the top one, of every part: all user tables share them from then on.
void make_upper_tables() {
    std::size_t made = 0;
    for (std::uintptr_t part :
         {arch::DIRECT_MAP_BASE, arch::HEAP_BASE, arch::CORES_BASE, arch::DEVICE_BASE, arch::KERNEL_BASE})
        if (!make_entry(root, part, made, TOP_LEVEL - 1))
            kernel::panic("no memory for the kernel's own page tables");
}

std::uint64_t physical(const char* address) {
    return reinterpret_cast<std::uint64_t>(address) - arch::KERNEL_BASE;
}

// Code and constants lie next to each other in the image. What may not be written there may not be written here either.
bool is_constant(std::uint64_t page) {
    return page >= physical(text_begin) && page < physical(rodata_end);
}

void map_all_memory() {
    for (std::uint64_t at = 0; at < number(frame::end_of_memory()); at += LARGE_BYTES) {
        if (at + LARGE_BYTES <= physical(text_begin) || at >= physical(rodata_end)) {
            must(set(arch::DIRECT_MAP_BASE + at, at | flags_of(Access::read_write) | LARGE, 2));
            continue;
        }
        for (std::uint64_t page = at; page < at + LARGE_BYTES; page += PAGE_BYTES)
            must(map(arch::DIRECT_MAP_BASE + page, Physical{page},
                     is_constant(page) ? Access::read : Access::read_write));
    }
}

} // namespace

void initialise() {
    const std::optional<Physical> frame = frame::allocate_cleared();
    if (!frame)
        kernel::panic("no memory for the kernel's page table");
    root = *frame;
    make_upper_tables();
    map_image_part(text_begin, text_end, Access::read_execute);
    map_image_part(rodata_begin, rodata_end, Access::read);
    map_image_part(data_begin, data_end, Access::read_write);
    map_all_memory();
    arch::load_page_table(root);
}

Physical kernel_root() {
    return root;
}

std::expected<void, Error> map(std::uintptr_t address, Physical frame, Access access) {
    KASSERT(address % PAGE_BYTES == 0 && number(frame) % PAGE_BYTES == 0);
    return set(address, number(frame) | flags_of(access), 1);
}

std::optional<Physical> unmap(std::uintptr_t address) {
    std::uint64_t* entry = find_entry(root, address);
    if (entry == nullptr || (*entry & PRESENT) == 0 || (*entry & LARGE) != 0)
        return std::nullopt;
    const Physical frame{*entry & ADDRESS};
    *entry = 0;
    arch::forget_translation(address);
    return frame;
}

std::optional<Physical> translate(std::uintptr_t address) {
    const std::uint64_t* entry = find_entry(root, address);
    if (entry == nullptr || (*entry & PRESENT) == 0)
        return std::nullopt;
    const std::uint64_t offset_mask = (*entry & LARGE) != 0 ? LARGE_BYTES - 1 : PAGE_BYTES - 1;
    return Physical{(*entry & ADDRESS & ~offset_mask) + (address & offset_mask)};
}

std::expected<void, Error> map_fresh(std::uintptr_t address, std::size_t bytes) {
    for (std::size_t done = 0; done < bytes; done += PAGE_BYTES) {
        const std::optional<Physical> frame = frame::allocate();
        const auto result =
            frame ? map(address + done, *frame, Access::read_write) : std::unexpected{Error::out_of_memory};
        if (result)
            continue;
        if (frame)
            frame::deallocate(*frame);
        for (std::size_t undo = 0; undo < done; undo += PAGE_BYTES)
            frame::deallocate(*unmap(address + undo));
        return std::unexpected{result.error()};
    }
    return {};
}

} // namespace page_table

volatile void* arch::map_device_memory(Physical address, std::size_t bytes) {
    const std::uint64_t first = number(address) & ~(PAGE_BYTES - 1);
    for (std::uint64_t page = first; page < number(address) + bytes; page += PAGE_BYTES) {
        const auto result = page_table::map(DEVICE_BASE + page, Physical{page}, page_table::Access::device);
        if (!result && result.error() == page_table::Error::out_of_memory)
            kernel::panic("no memory to map the device at {:#x}", number(address));
    }
    return reinterpret_cast<volatile void*>(DEVICE_BASE + number(address));
}

bool arch::map_core_memory(std::uintptr_t address, std::size_t bytes) {
    return page_table::map_fresh(address, bytes).has_value();
}
