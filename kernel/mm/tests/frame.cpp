#include "kernel/mm/frame.hpp"
#include "kernel/lib/list.hpp"
#include "kernel/test/test.hpp"

#include <cstring>

using arch::number;

TEST(frame, gives_each_frame_once) {
    const auto before = frame::stats();
    const auto a = frame::allocate();
    const auto b = frame::allocate();
    REQUIRE(a.has_value() && b.has_value());
    EXPECT_NE(number(*a), number(*b));
    EXPECT_EQ(number(*a) % arch::PAGE_BYTES, 0u);
    EXPECT_EQ(frame::stats().free, before.free - 2);
    frame::deallocate(*a);
    frame::deallocate(*b);
    EXPECT_EQ(frame::stats().free, before.free);
}

TEST(frame, clears_on_request) {
    const auto dirty = frame::allocate();
    REQUIRE(dirty.has_value());
    std::memset(arch::direct<void>(*dirty), 0xff, arch::PAGE_BYTES);
    frame::deallocate(*dirty);
    const auto clear = frame::allocate_cleared();
    REQUIRE(clear.has_value());
    EXPECT_EQ(number(*clear), number(*dirty)); // the lowest free frame is used first
    bool all_zero = true;
    for (std::size_t i = 0; i < arch::PAGE_BYTES; ++i)
        all_zero = all_zero && arch::direct<char>(*clear)[i] == 0;
    EXPECT(all_zero);
    frame::deallocate(*clear);
}

// Takes every frame of the machine, writes to each, and gives them all back: the chain lies in the frames themselves.
TEST(frame, runs_out_and_recovers) {
    const std::size_t free = frame::stats().free;
    std::uint64_t chain = 0;
    std::size_t count = 0;
    while (const auto taken = frame::allocate()) {
        *arch::direct<std::uint64_t>(*taken) = chain;
        chain = number(*taken);
        ++count;
    }
    EXPECT_EQ(count, free);
    EXPECT_EQ(frame::stats().free, 0u);
    EXPECT(!frame::allocate().has_value());
    while (chain != 0) {
        const std::uint64_t next = *arch::direct<std::uint64_t>(arch::Physical{chain});
        frame::deallocate(arch::Physical{chain});
        chain = next;
    }
    EXPECT_EQ(frame::stats().free, free);
}

TEST(frame, keeps_the_image_and_the_first_mebibyte) {
    const std::uint64_t image = reinterpret_cast<std::uint64_t>(image_end) - arch::KERNEL_BASE;
    const auto lowest = frame::allocate();
    REQUIRE(lowest.has_value());
    EXPECT_GE(number(*lowest), image);
    frame::deallocate(*lowest);
}
