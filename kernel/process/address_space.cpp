#include "kernel/process/address_space.hpp"

#include "kernel/lib/panic.hpp"
#include "kernel/mm/frame.hpp"

#include <cstring>
#include <new>

namespace process {

namespace {

using arch::PAGE_BYTES;
using kernel::Error;

constexpr std::uint64_t page_of(std::uint64_t address) {
    return address & ~(PAGE_BYTES - 1);
}

// Whether ring 3 may have these pages at all.
std::expected<void, Error> check_range(std::uint64_t begin, std::uint64_t bytes) {
    if (begin % PAGE_BYTES != 0 || bytes % PAGE_BYTES != 0 || bytes == 0)
        return std::unexpected{Error::bad_argument};
    if (begin < arch::USER_BEGIN || begin >= arch::USER_END || bytes > arch::USER_END - begin)
        return std::unexpected{Error::bad_address};
    return {};
}

bool allows(Access access, Right right) {
    switch (right) {
    case Right::read:
        return true;
    case Right::write:
        return access == Access::read_write;
    case Right::execute:
        return access == Access::read_execute;
    }
    return false;
}

} // namespace

struct AddressSpace::Region {
    std::uint64_t begin;
    std::uint64_t end;
    Access access;
    Region* next;
};

std::expected<AddressSpace, Error> AddressSpace::create() {
    auto tables = page_table::UserTables::create();
    if (!tables)
        return std::unexpected{Error::out_of_memory};
    return AddressSpace{std::move(*tables)};
}

AddressSpace::~AddressSpace() {
    drop_regions();
}

AddressSpace& AddressSpace::operator=(AddressSpace&& other) noexcept {
    std::swap(tables_, other.tables_);
    std::swap(regions_, other.regions_);
    std::swap(region_count_, other.region_count_);
    return *this;
}

void AddressSpace::drop_regions() {
    while (regions_ != nullptr)
        delete std::exchange(regions_, regions_->next);
    region_count_ = 0;
}

AddressSpace::Region* AddressSpace::find_region(std::uint64_t address) const {
    Region* region = regions_;
    while (region != nullptr && region->end <= address)
        region = region->next;
    return region != nullptr && region->begin <= address ? region : nullptr;
}

std::expected<void, Error> AddressSpace::map(UserAddress begin, std::size_t bytes, Access access) {
    KASSERT(access != Access::device);
    const std::uint64_t first = number(begin);
    if (const auto range = check_range(first, bytes); !range)
        return range;
    Region** link = &regions_;
    while (*link != nullptr && (*link)->end <= first)
        link = &(*link)->next;
    if (*link != nullptr && (*link)->begin < first + bytes)
        return std::unexpected{Error::already_mapped};
    return insert(link, first, first + bytes, access);
}

// Between the region that `link` belongs to and the one that it leads to.
std::expected<void, Error> AddressSpace::insert(Region** link, std::uint64_t begin, std::uint64_t end, Access access) {
    if (region_count_ == MAXIMUM_REGIONS)
        return std::unexpected{Error::too_many};
    auto* region = new (std::nothrow) Region;
    if (region == nullptr)
        return std::unexpected{Error::out_of_memory};
    region->begin = begin;
    region->end = end;
    region->access = access;
    region->next = *link;
    *link = region;
    ++region_count_;
    return {};
}

std::expected<UserAddress, Error> AddressSpace::map_anywhere(std::size_t bytes, Access access) {
    if (bytes == 0)
        return std::unexpected{Error::bad_argument};
    if (bytes > arch::USER_END - STACK_END)
        return std::unexpected{Error::out_of_memory};
    bytes = page_of(bytes + PAGE_BYTES - 1);
    std::uint64_t begin = STACK_END + PAGE_BYTES;
    Region** link = &regions_;
    for (; *link != nullptr && begin + bytes + PAGE_BYTES > (*link)->begin; link = &(*link)->next)
        if ((*link)->end + PAGE_BYTES > begin)
            begin = (*link)->end + PAGE_BYTES;
    if (begin >= arch::USER_END || bytes > arch::USER_END - begin)
        return std::unexpected{Error::out_of_memory};
    if (const auto inserted = insert(link, begin, begin + bytes, access); !inserted)
        return std::unexpected{inserted.error()};
    return UserAddress{begin};
}

// A region loses its beginning, its end, all, or its middle; only the last needs a region more, and may fail, and then
// there is only that one region to change.
std::expected<void, Error> AddressSpace::unmap(UserAddress begin, std::size_t bytes) {
    const std::uint64_t first = number(begin);
    if (const auto range = check_range(first, bytes); !range)
        return range;
    const std::uint64_t end = first + bytes;
    for (Region** link = &regions_; *link != nullptr && (*link)->begin < end;) {
        Region& region = **link;
        if (region.begin >= first && region.end <= end) {
            *link = region.next;
            delete &region;
            --region_count_;
            continue;
        }
        if (region.begin < first && region.end > end) {
            if (const auto split = insert(&region.next, end, region.end, region.access); !split)
                return split;
            region.end = first;
        } else if (region.begin < first && region.end > first) {
            region.end = first;
        } else if (region.begin >= first) {
            region.begin = end;
        }
        link = &region.next;
    }
    tables_.release(first, end);
    return {};
}

std::expected<void, Error> AddressSpace::fill_in(UserAddress address, Right right) {
    if (const auto where = locate(address, right); !where)
        return std::unexpected{where.error()};
    return {};
}

// Whether the region allows it, and the page filled in if it does.
std::expected<arch::Physical, Error> AddressSpace::locate_in_region(UserAddress address, Right right) {
    const Region* region = find_region(number(address));
    if (region == nullptr || !allows(region->access, right))
        return std::unexpected{Error::bad_address};
    const std::uint64_t page = page_of(number(address));
    std::optional<page_table::UserTables::Page> found = tables_.find(page);
    if (!found || (right == Right::write && !found->is_writable)) {
        const auto filled = found ? own_page(page, found->frame) : fresh_page(page, region->access);
        if (!filled)
            return filled;
        found->frame = *filled;
    }
    return arch::Physical{arch::number(found->frame) + number(address) % PAGE_BYTES};
}

std::expected<arch::Physical, Error> AddressSpace::fresh_page(std::uint64_t page, Access access) {
    const std::optional<arch::Physical> frame = frame::allocate_cleared();
    if (!frame)
        return std::unexpected{Error::out_of_memory};
    if (!tables_.map(page, *frame, access)) {
        frame::deallocate(*frame);
        return std::unexpected{Error::out_of_memory};
    }
    return *frame;
}

// A page of a writable region that was shared by fork, before the first write to it. The last one to hold the frame
// keeps it.
std::expected<arch::Physical, Error> AddressSpace::own_page(std::uint64_t page, arch::Physical shared) {
    if (!frame::is_shared(shared)) {
        tables_.replace(page, shared, Access::read_write);
        return shared;
    }
    const std::optional<arch::Physical> frame = frame::allocate();
    if (!frame)
        return std::unexpected{Error::out_of_memory};
    std::memcpy(arch::direct<std::byte>(*frame), arch::direct<const std::byte>(shared), PAGE_BYTES);
    tables_.replace(page, *frame, Access::read_write);
    return *frame;
}

std::expected<AddressSpace, Error> AddressSpace::fork() {
    auto tables = tables_.share();
    if (!tables)
        return std::unexpected{Error::out_of_memory};
    AddressSpace copy{std::move(*tables)};
    Region** link = &copy.regions_;
    for (const Region* region = regions_; region != nullptr; region = region->next) {
        if (const auto added = copy.insert(link, region->begin, region->end, region->access); !added)
            return std::unexpected{added.error()};
        link = &(*link)->next;
    }
    return copy;
}

} // namespace process
