#include "kernel/test/test.hpp"

#include <cstring>

// kernel/lib/memory.cpp: every length around the word size, and both directions of an overlapping move.
namespace {

void number(unsigned char* bytes, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        bytes[i] = static_cast<unsigned char>(i + 1);
}

} // namespace

TEST(memory, copies_and_sets_exactly) {
    for (std::size_t length = 0; length <= 20; ++length) {
        unsigned char from[24], to[24];
        number(from, 24);
        std::memset(to, 0xee, sizeof to);
        std::memcpy(to + 1, from, length);
        EXPECT_EQ(to[0], 0xee);
        EXPECT_EQ(std::memcmp(to + 1, from, length), 0);
        EXPECT_EQ(to[length + 1], 0xee);
        std::memset(to + 1, 7, length);
        EXPECT_EQ(to[0], 0xee);
        EXPECT_EQ(to[length + 1], 0xee);
        const bool is_set = length == 0 || (to[1] == 7 && to[length] == 7);
        EXPECT(is_set);
    }
}

TEST(memory, moves_overlapping_bytes) {
    for (std::size_t distance = 0; distance <= 9; ++distance) {
        unsigned char up[40], down[40];
        number(up, 40);
        number(down, 40);
        std::memmove(up + distance, up, 30);
        std::memmove(down, down + distance, 30);
        for (std::size_t i = 0; i < 30; ++i) {
            EXPECT_EQ(up[i + distance], i + 1);
            EXPECT_EQ(down[i], i + distance + 1);
        }
    }
}

TEST(memory, compares_as_unsigned_bytes) {
    EXPECT_LT(std::memcmp("a\x7f", "a\x80", 2), 0);
    EXPECT_GT(std::memcmp("b", "a", 1), 0);
    EXPECT_EQ(std::strlen("four"), 4u);
    const char text[] = "abc";
    EXPECT_EQ(std::memchr(text, 'c', 3), static_cast<const void*>(text + 2));
    EXPECT_EQ(std::memchr(text, 'x', 3), static_cast<const void*>(nullptr));
}
