#pragma once

#include "kernel/mm/frame.hpp"
#include "kernel/mm/new.hpp"
#include "kernel/process/address_space.hpp"
#include "kernel/test/test.hpp"

#include <cstring>

namespace {

using arch::PAGE_BYTES;
using kernel::Error;
using process::Access;
using process::AddressSpace;
using process::Right;
using process::UserAddress;

// What was free at first must be free again.
class FrameCheck {
public:
    FrameCheck() = default;
    ~FrameCheck() { EXPECT_EQ(frame::stats().free, free_); }
    FrameCheck(const FrameCheck&) = delete;
    FrameCheck& operator=(const FrameCheck&) = delete;

private:
    std::size_t free_ = frame::stats().free;
};

[[maybe_unused]] std::expected<void, Error> put(AddressSpace& space, std::uint64_t at, std::uint64_t value) {
    return copy_to_user(space, UserAddress{at}, std::as_bytes(std::span{&value, 1}));
}

// 0 also when it cannot be read.
[[maybe_unused]] std::uint64_t get(AddressSpace& space, std::uint64_t at) {
    std::uint64_t value = 0;
    const auto result = copy_from_user(space, std::as_writable_bytes(std::span{&value, 1}), UserAddress{at});
    return result ? value : 0;
}

template<typename T>
bool is_error(const std::expected<T, Error>& result, Error error) {
    return !result && result.error() == error;
}

// How often attempt(k), which has the k-th allocation fail, does not come to its end; it must do so at last, and each
// time before leave neither a frame nor a block behind.
template<typename Attempt>
unsigned count_failures(void (*fail_allocation)(std::size_t), Attempt&& attempt) {
    for (unsigned k = 1; k < 1000; ++k) {
        const std::size_t frames = frame::stats().free;
        const std::size_t blocks = heap::live_blocks();
        fail_allocation(k);
        const bool done = attempt();
        fail_allocation(0);
        if (done)
            return k - 1;
        EXPECT_EQ(frame::stats().free, frames);
        EXPECT_EQ(heap::live_blocks(), blocks);
    }
    return 1000;
}

} // namespace
