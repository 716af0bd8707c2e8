#include "kernel/lib/siphash.hpp"
#include "kernel/test/test.hpp"

// The vectors of the reference implementation: key 00 01 … 0f, message 00 01 … of growing length.
TEST(siphash, gives_the_reference_vectors) {
    constexpr kernel::SipHashKey KEY{0x0706050403020100, 0x0f0e0d0c0b0a0908};
    constexpr char MESSAGE[] = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e";
    EXPECT_EQ(kernel::siphash(KEY, {MESSAGE, 0}), 0x726fdb47dd0e0e31u);
    EXPECT_EQ(kernel::siphash(KEY, {MESSAGE, 1}), 0x74f839c593dc67fdu);
    EXPECT_EQ(kernel::siphash(KEY, {MESSAGE, 8}), 0x93f5f5799a932462u);
    EXPECT_EQ(kernel::siphash(KEY, {MESSAGE, 15}), 0xa129ca6149be45e5u); // the paper's own example
}
