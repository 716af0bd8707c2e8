#include "kernel/process/address_space.hpp"
#include "kernel/process/tests/support.hpp"

// Ranges, regions and rights; that the processor sees the same is for kernel/process/tests/paging.cpp.

namespace {

constexpr std::uint64_t AT = 0x40'0000;

std::expected<void, Error> map(AddressSpace& space, std::uint64_t begin, std::size_t pages,
                               Access access = Access::read_write) {
    return space.map(UserAddress{begin}, pages * PAGE_BYTES, access);
}

std::expected<void, Error> unmap(AddressSpace& space, std::uint64_t begin, std::size_t pages) {
    return space.unmap(UserAddress{begin}, pages * PAGE_BYTES);
}

bool may(AddressSpace& space, std::uint64_t address, Right right) {
    return space.fill_in(UserAddress{address}, right).has_value();
}

} // namespace

TEST(address_space, costs_one_frame_until_touched) {
    FrameCheck frames;
    auto space = AddressSpace::create();
    REQUIRE(space.has_value());
    EXPECT_EQ(space->frames_held(), 1u);
    EXPECT(map(*space, AT, 1'000'000'000).has_value()); // 4 TB of them
    EXPECT_EQ(space->frames_held(), 1u);
    EXPECT_EQ(get(*space, AT + 12'345 * PAGE_BYTES), 0u);
    EXPECT(put(*space, AT + 12'345 * PAGE_BYTES, 42).has_value());
    EXPECT_EQ(get(*space, AT + 12'345 * PAGE_BYTES), 42u);
    EXPECT_EQ(space->frames_held(), 5u); // the page and the three tables on the way to it
}

TEST(address_space, pages_come_cleared) {
    FrameCheck frames;
    if (const auto dirty = frame::allocate()) {
        std::memset(arch::direct<void>(*dirty), 0xff, PAGE_BYTES);
        frame::deallocate(*dirty);
    }
    auto space = AddressSpace::create();
    REQUIRE(space.has_value() && map(*space, AT, 4).has_value());
    std::uint64_t bits = 0;
    for (std::uint64_t at = AT; at < AT + 4 * PAGE_BYTES; at += 8)
        bits |= get(*space, at);
    EXPECT_EQ(bits, 0u);
}

TEST(address_space, refuses_ranges_that_no_user_may_have) {
    FrameCheck frames;
    auto space = AddressSpace::create();
    REQUIRE(space.has_value());
    EXPECT(is_error(map(*space, AT + 1, 1), Error::bad_argument));
    EXPECT(is_error(space->map(UserAddress{AT}, PAGE_BYTES + 1, Access::read), Error::bad_argument));
    EXPECT(is_error(map(*space, AT, 0), Error::bad_argument));
    EXPECT(is_error(map(*space, 0, 1), Error::bad_address));
    EXPECT(is_error(map(*space, arch::USER_BEGIN - PAGE_BYTES, 2), Error::bad_address));
    EXPECT(is_error(map(*space, arch::USER_END, 1), Error::bad_address));
    EXPECT(is_error(map(*space, arch::USER_END - PAGE_BYTES, 2), Error::bad_address));
    EXPECT(is_error(map(*space, arch::KERNEL_BASE, 1), Error::bad_address));
    EXPECT(is_error(map(*space, AT, ~std::size_t{0} / PAGE_BYTES), Error::bad_address));
    EXPECT(is_error(unmap(*space, AT + 1, 1), Error::bad_argument));
    EXPECT(is_error(unmap(*space, arch::DIRECT_MAP_BASE, 1), Error::bad_address));
    EXPECT(map(*space, arch::USER_BEGIN, 1).has_value());
    EXPECT(map(*space, arch::USER_END - PAGE_BYTES, 1).has_value());
    EXPECT(put(*space, arch::USER_END - 8, 7).has_value());
    EXPECT(is_error(put(*space, arch::USER_END - 7, 7), Error::bad_address));
}

TEST(address_space, refuses_overlaps) {
    FrameCheck frames;
    auto space = AddressSpace::create();
    REQUIRE(space.has_value() && map(*space, AT + 2 * PAGE_BYTES, 2).has_value());
    EXPECT(is_error(map(*space, AT, 3), Error::already_mapped));
    EXPECT(is_error(map(*space, AT, 10), Error::already_mapped));
    EXPECT(is_error(map(*space, AT + 3 * PAGE_BYTES, 1), Error::already_mapped));
    EXPECT(is_error(map(*space, AT + 3 * PAGE_BYTES, 5), Error::already_mapped));
    EXPECT(map(*space, AT + 4 * PAGE_BYTES, 1).has_value());
    EXPECT(map(*space, AT, 2).has_value());
}

TEST(address_space, keeps_rights_apart) {
    FrameCheck frames;
    auto space = AddressSpace::create();
    REQUIRE(space.has_value());
    REQUIRE(map(*space, AT, 1, Access::read) && map(*space, AT + PAGE_BYTES, 1, Access::read_write) &&
            map(*space, AT + 2 * PAGE_BYTES, 1, Access::read_execute));
    for (std::uint64_t page = 0; page < 3; ++page)
        EXPECT(may(*space, AT + page * PAGE_BYTES, Right::read));
    EXPECT(!may(*space, AT, Right::write));
    EXPECT(!may(*space, AT, Right::execute));
    EXPECT(may(*space, AT + PAGE_BYTES, Right::write));
    EXPECT(!may(*space, AT + PAGE_BYTES, Right::execute));
    EXPECT(!may(*space, AT + 2 * PAGE_BYTES, Right::write));
    EXPECT(may(*space, AT + 2 * PAGE_BYTES, Right::execute));
    EXPECT(!may(*space, AT + 3 * PAGE_BYTES, Right::read));
    EXPECT(!may(*space, arch::KERNEL_BASE + 0x10'0000, Right::read));
    EXPECT(!may(*space, ~std::uint64_t{0}, Right::read));
    EXPECT(is_error(put(*space, AT, 1), Error::bad_address));
}

TEST(address_space, unmaps_any_part_of_regions) {
    FrameCheck frames;
    auto space = AddressSpace::create();
    REQUIRE(space.has_value() && map(*space, AT, 8).has_value() && map(*space, AT + 8 * PAGE_BYTES, 2).has_value());
    for (std::uint64_t page = 0; page < 10; ++page)
        EXPECT(put(*space, AT + page * PAGE_BYTES, page + 1).has_value());
    const std::size_t held = space->frames_held();
    EXPECT(unmap(*space, AT + 3 * PAGE_BYTES, 2).has_value()); // a hole
    EXPECT(unmap(*space, AT - PAGE_BYTES, 2).has_value());     // the beginning
    EXPECT(unmap(*space, AT + 7 * PAGE_BYTES, 2).has_value()); // an end and a beginning
    EXPECT_EQ(space->frames_held(), held - 5);
    const bool is_there[10] = {false, true, true, false, false, true, true, false, false, true};
    for (std::uint64_t page = 0; page < 10; ++page)
        EXPECT_EQ(get(*space, AT + page * PAGE_BYTES), is_there[page] ? page + 1 : 0);
    EXPECT(map(*space, AT + 3 * PAGE_BYTES, 2).has_value());
    EXPECT_EQ(get(*space, AT + 3 * PAGE_BYTES), 0u);
    EXPECT(unmap(*space, arch::USER_BEGIN, (arch::USER_END - arch::USER_BEGIN) / PAGE_BYTES).has_value());
    EXPECT_EQ(space->frames_held(), 1u); // the tables as well
}

TEST(address_space, limits_its_regions) {
    FrameCheck frames;
    auto space = AddressSpace::create();
    REQUIRE(space.has_value());
    for (std::size_t i = 0; i < process::MAXIMUM_REGIONS; ++i)
        EXPECT(map(*space, AT + 4 * i * PAGE_BYTES, 3).has_value());
    EXPECT(is_error(map(*space, AT - 4 * PAGE_BYTES, 1), Error::too_many));
    EXPECT(is_error(space->map_anywhere(1, Access::read), Error::too_many));
    EXPECT(put(*space, AT + PAGE_BYTES, 5).has_value());
    EXPECT(is_error(unmap(*space, AT + PAGE_BYTES, 1), Error::too_many)); // would make two of one
    EXPECT_EQ(get(*space, AT + PAGE_BYTES), 5u);
    EXPECT(unmap(*space, AT, 1).has_value());
    EXPECT(unmap(*space, AT + PAGE_BYTES, 2).has_value());
    EXPECT(map(*space, AT - 4 * PAGE_BYTES, 1).has_value());
}

TEST(address_space, finds_room_and_leaves_guards) {
    FrameCheck frames;
    auto space = AddressSpace::create();
    REQUIRE(space.has_value());
    const auto first = space->map_anywhere(1, Access::read_write);
    const auto second = space->map_anywhere(2 * PAGE_BYTES, Access::read);
    const auto third = space->map_anywhere(PAGE_BYTES, Access::read_write);
    REQUIRE(first && second && third);
    EXPECT_EQ(number(*first), process::STACK_END + PAGE_BYTES);
    EXPECT_EQ(number(*second), number(*first) + 2 * PAGE_BYTES);
    EXPECT_EQ(number(*third), number(*second) + 3 * PAGE_BYTES);
    EXPECT(!may(*space, number(*first) + PAGE_BYTES, Right::read));
    EXPECT(may(*space, number(*first) + PAGE_BYTES - 1, Right::write));
    EXPECT(space->unmap(*second, 2 * PAGE_BYTES).has_value());
    const auto too_large = space->map_anywhere(3 * PAGE_BYTES, Access::read); // not where the second was
    REQUIRE(too_large.has_value());
    EXPECT_EQ(number(*too_large), number(*third) + 2 * PAGE_BYTES);
    const auto fits = space->map_anywhere(PAGE_BYTES + 1, Access::read);
    REQUIRE(fits.has_value());
    EXPECT_EQ(number(*fits), number(*second));
    EXPECT(is_error(space->map_anywhere(0, Access::read), Error::bad_argument));
    for (std::uint64_t absurd : {~std::uint64_t{0}, std::uint64_t{1} << 47, arch::USER_END - process::STACK_END})
        EXPECT(is_error(space->map_anywhere(absurd, Access::read), Error::out_of_memory));
    EXPECT(space->map_anywhere(std::uint64_t{1} << 46, Access::read).has_value());
}

TEST(address_space, can_be_moved) {
    FrameCheck frames;
    auto one = AddressSpace::create();
    auto other = AddressSpace::create();
    REQUIRE(one && other && map(*one, AT, 1) && map(*other, AT, 1) && put(*one, AT, 1) && put(*other, AT, 2));
    AddressSpace moved{std::move(*one)};
    EXPECT_EQ(get(moved, AT), 1u);
    EXPECT_EQ(get(*one, AT), 0u);
    EXPECT_EQ(one->frames_held(), 0u);
    *other = std::move(moved);
    EXPECT_EQ(get(*other, AT), 1u);
}

TEST(address_space, running_out_leaves_nothing_behind) {
    FrameCheck frames;
    const unsigned failed = count_failures(frame::fail_allocation, [] {
        auto space = AddressSpace::create();
        return space && map(*space, AT, 2) && put(*space, AT + PAGE_BYTES, 1) && get(*space, AT + PAGE_BYTES) == 1;
    });
    EXPECT_EQ(failed, 5u); // root, three tables, page
    const unsigned regions = count_failures(heap::fail_allocation, [] {
        auto space = AddressSpace::create();
        return space && map(*space, AT, 3) && space->map_anywhere(1, Access::read) && unmap(*space, AT + PAGE_BYTES, 1);
    });
    EXPECT_EQ(regions, 3u);
}
