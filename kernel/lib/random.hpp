#pragma once

#include <cstdint>

// Numbers that look random and are the same for the same seed on every machine: for tests and seeded jitter, never for
// secrets.
namespace kernel {

// SplitMix64 (Steele, Lea and Flood, 2014): any seed is a good one, zero too.
class Random {
public:
    constexpr explicit Random(std::uint64_t seed) : state_(seed) {}

    constexpr std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }

    // From 0 up to and without `limit`, which is not zero. The bias is under 2^-32 for limits that fit 32 bits.
    constexpr std::uint64_t below(std::uint64_t limit) { return next() % limit; }

    // From `least` to `most`, both possible.
    constexpr std::uint64_t between(std::uint64_t least, std::uint64_t most) { return least + below(most - least + 1); }

private:
    std::uint64_t state_;
};

} // namespace kernel
