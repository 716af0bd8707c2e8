#pragma once

#include "kernel/lib/error.hpp"
#include "kernel/mm/user_tables.hpp"
#include "kernel/process/layout.hpp"
#include "kernel/process/user_memory.hpp"

#include <expected>
#include <utility>

namespace process {

// The most regions that one space may have.
inline constexpr std::size_t MAXIMUM_REGIONS = 256;

using page_table::Access;

// What a program, or the kernel for it, wants to do with a page.
enum class Right : std::uint8_t { read, write, execute };

// What ring 3 sees, given: the lower half of an address space; the kernel's half is the same in all. A set of regions,
// each with one access; a page of a region gets its frame when it is first touched. Owns its frames, together with
// those that were forked from it: such a frame is copied when one of them writes to it. Not from a handler.
class AddressSpace {
public:
    // Nothing mapped. out_of_memory.
    static std::expected<AddressSpace, kernel::Error> create();

    // Gives back every frame and table. A space that is loaded makes room for the kernel's own tables first.
    ~AddressSpace();
    AddressSpace(AddressSpace&& other) noexcept
        : tables_{std::move(other.tables_)}, regions_{std::exchange(other.regions_, nullptr)},
          region_count_{std::exchange(other.region_count_, 0)} {}
    AddressSpace& operator=(AddressSpace&& other) noexcept;

    // Maps zeroed pages from `begin` on. Both are multiples of PAGE_BYTES, and bytes is not 0, else bad_argument;
    // bad_address outside of USER_BEGIN to USER_END; already_mapped; too_many; out_of_memory. On an error nothing has
    // changed. access: not device.
    std::expected<void, kernel::Error> map(UserAddress begin, std::size_t bytes, Access access);

    // The same where there is room, above STACK_END, with a page unmapped before and behind it. `bytes` is rounded up
    // to whole pages.
    std::expected<UserAddress, kernel::Error> map_anywhere(std::size_t bytes, Access access);

    // Takes the mapping of these pages away; where there is none, nothing. bad_argument as for map, bad_address;
    // too_many or out_of_memory when a region falls into two: nothing has changed then.
    std::expected<void, kernel::Error> unmap(UserAddress begin, std::size_t bytes);

    // What a page fault in ring 3 asks for: makes the page at `address` usable for `right`. bad_address when it may not
    // be, out_of_memory.
    std::expected<void, kernel::Error> fill_in(UserAddress address, Right right);

    // The same, and where the byte at `address` lies then. A page that is mapped allows no more than its region, and
    // nearly always it is mapped: then nobody asks the region.
    std::expected<arch::Physical, kernel::Error> locate(UserAddress address, Right right) {
        if (right != Right::execute && number(address) < arch::USER_END) [[likely]]
            if (const auto mapped = tables_.locate(number(address), right == Right::write ? Access::read_write
                                                                                          : Access::read)) [[likely]]
                return *mapped;
        return locate_in_region(address, right);
    }

    // A space that looks the same, sharing the frames until one of the two writes. out_of_memory: nothing has changed.
    std::expected<AddressSpace, kernel::Error> fork();

    // Makes it what ring 3 sees on this core. Cheap when it is already.
    void load() { tables_.load(); }
    bool is_loaded() const { return tables_.is_loaded(); }

    // Tables included; a shared frame counts in each space.
    std::size_t frames_held() const { return tables_.frames_held(); }

private:
    struct Region;
    explicit AddressSpace(page_table::UserTables tables) : tables_{std::move(tables)} {}
    Region* find_region(std::uint64_t address) const;
    std::expected<arch::Physical, kernel::Error> locate_in_region(UserAddress address, Right right);
    std::expected<void, kernel::Error> insert(Region** link, std::uint64_t begin, std::uint64_t end, Access access);
    std::expected<arch::Physical, kernel::Error> fresh_page(std::uint64_t page, Access access);
    std::expected<arch::Physical, kernel::Error> own_page(std::uint64_t page, arch::Physical shared);
    void drop_regions();

    page_table::UserTables tables_;
    Region* regions_ = nullptr; // by address
    std::size_t region_count_ = 0;
};

} // namespace process
