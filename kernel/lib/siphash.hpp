#pragma once

#include <cstdint>
#include <string_view>

namespace kernel {

// A 128-bit key, as SipHash's paper names its halves.
struct SipHashKey {
    std::uint64_t k0 = 0;
    std::uint64_t k1 = 0;
};

// SipHash-2-4 of `text` (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): without the key nobody can
// tell what it gives. Any context; the same number of instructions for any text of one length.
std::uint64_t siphash(SipHashKey key, std::string_view text);

} // namespace kernel
