#include "kernel/process/address_space.hpp"
#include "kernel/process/tests/support.hpp"

// Copy on write, one layer below processes.

namespace {

constexpr std::uint64_t AT = 0x60'0000;
constexpr std::size_t PAGES = 8;

// Filled with the numbers of the pages, from 1 on.
std::expected<AddressSpace, Error> make_space() {
    auto space = AddressSpace::create();
    if (!space || !space->map(UserAddress{AT}, PAGES * PAGE_BYTES, Access::read_write))
        return std::unexpected{Error::out_of_memory};
    for (std::size_t page = 0; page < PAGES; ++page)
        if (!put(*space, AT + page * PAGE_BYTES, page + 1))
            return std::unexpected{Error::out_of_memory};
    return space;
}

} // namespace

TEST(fork, shares_frames_until_one_writes) {
    FrameCheck frames;
    auto parent = make_space();
    REQUIRE(parent.has_value());
    const std::size_t free = frame::stats().free;
    auto child = parent->fork();
    REQUIRE(child.has_value());
    EXPECT_EQ(free - frame::stats().free, 4u); // root and three tables
    EXPECT_EQ(child->frames_held(), parent->frames_held());
    EXPECT_EQ(get(*child, AT + PAGE_BYTES), 2u);
    EXPECT_EQ(free - frame::stats().free, 4u);
    EXPECT(put(*child, AT, 100).has_value());
    EXPECT_EQ(free - frame::stats().free, 5u);
    EXPECT(put(*parent, AT + PAGE_BYTES, 200).has_value());
    EXPECT_EQ(free - frame::stats().free, 6u);
    EXPECT_EQ(get(*parent, AT), 1u);
    EXPECT_EQ(get(*child, AT), 100u);
    EXPECT_EQ(get(*parent, AT + PAGE_BYTES), 200u);
    EXPECT_EQ(get(*child, AT + PAGE_BYTES), 2u);
    frame::fail_allocation(1);
    EXPECT(put(*parent, AT, 101).has_value()); // the last one to hold it: no copy
    frame::fail_allocation(0);
    EXPECT_EQ(free - frame::stats().free, 6u);
    EXPECT_EQ(get(*child, AT), 100u);
}

TEST(fork, either_may_go_first) {
    FrameCheck frames;
    auto parent = make_space();
    REQUIRE(parent.has_value());
    for (int round = 0; round < 2; ++round) {
        auto child = parent->fork();
        REQUIRE(child.has_value());
        EXPECT(put(*child, AT + 2 * PAGE_BYTES, 300).has_value());
        if (round == 1)
            *parent = std::move(*child);
    }
    EXPECT_EQ(get(*parent, AT), 1u);
    EXPECT_EQ(get(*parent, AT + 2 * PAGE_BYTES), 300u);
    EXPECT(put(*parent, AT, 5).has_value());
}

TEST(fork, of_forks_of_forks) {
    FrameCheck frames;
    auto first = make_space();
    REQUIRE(first.has_value());
    auto second = first->fork();
    REQUIRE(second.has_value());
    auto third = second->fork();
    REQUIRE(third.has_value());
    EXPECT(put(*second, AT, 2'000).has_value());
    EXPECT(put(*first, AT, 1'000).has_value());
    EXPECT_EQ(get(*third, AT), 1u);
    EXPECT(put(*third, AT, 3'000).has_value());
    EXPECT_EQ(get(*first, AT), 1'000u);
    EXPECT_EQ(get(*second, AT), 2'000u);
    EXPECT(third->unmap(UserAddress{AT}, 4 * PAGE_BYTES).has_value());
    EXPECT_EQ(get(*second, AT + PAGE_BYTES), 2u);
}

TEST(fork, keeps_what_may_not_be_written) {
    FrameCheck frames;
    auto parent = AddressSpace::create();
    REQUIRE(parent && parent->map(UserAddress{AT}, PAGE_BYTES, Access::read_execute) &&
            parent->fill_in(UserAddress{AT}, Right::read));
    auto child = parent->fork();
    REQUIRE(child.has_value());
    EXPECT(is_error(put(*child, AT, 1), Error::bad_address));
    EXPECT(child->fill_in(UserAddress{AT}, Right::execute).has_value());
    EXPECT(is_error(put(*parent, AT, 1), Error::bad_address));
}

TEST(fork, running_out_leaves_nothing_behind) {
    FrameCheck frames;
    auto parent = make_space();
    REQUIRE(parent.has_value());
    const auto attempt = [&] {
        auto child = parent->fork();
        return child && put(*child, AT, 9);
    };
    EXPECT_EQ(count_failures(frame::fail_allocation, attempt), 5u);
    EXPECT_EQ(count_failures(heap::fail_allocation, attempt), 1u);
    for (std::size_t page = 0; page < PAGES; ++page) {
        EXPECT_EQ(get(*parent, AT + page * PAGE_BYTES), page + 1);
        EXPECT(put(*parent, AT + page * PAGE_BYTES, page).has_value());
    }
}
