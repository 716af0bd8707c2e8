#pragma once

#include "arch/x86_64/layout.hpp"
#include "kernel/mm/frame.hpp"

#include <cstddef>
#include <cstdint>

namespace test {

// Takes all free frames but so many, however many there are, and gives them back. Each that it holds names the next.
class Scarcity {
public:
    explicit Scarcity(std::size_t left) : left_{left} {
        while (frame::stats().free > left) {
            const auto taken = frame::allocate();
            if (!taken)
                break;
            *arch::direct<std::uint64_t>(*taken) = chain_;
            chain_ = number(*taken);
        }
    }
    ~Scarcity() {
        while (chain_ != 0) {
            const arch::Physical taken{chain_};
            chain_ = *arch::direct<std::uint64_t>(taken);
            frame::deallocate(taken);
        }
    }
    Scarcity(const Scarcity&) = delete;
    Scarcity& operator=(const Scarcity&) = delete;
    std::size_t left() const { return left_; }

private:
    std::size_t left_;
    std::uint64_t chain_ = 0;
};

} // namespace test
