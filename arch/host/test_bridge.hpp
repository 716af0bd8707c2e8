#pragma once

// kernel/test/test.hpp on the host: TEST and EXPECT… as doctest cases.

#include <doctest/doctest.h>

#include <cstdint>

// clang-format off
#define TEST(suite, name) TEST_CASE(#suite "." #name)
#define EXPECT(condition) CHECK(condition)
#define EXPECT_EQ(actual, expected) CHECK_EQ(actual, expected)
#define EXPECT_NE(actual, expected) CHECK_NE(actual, expected)
#define EXPECT_LT(actual, expected) CHECK_LT(actual, expected)
#define EXPECT_LE(actual, expected) CHECK_LE(actual, expected)
#define EXPECT_GT(actual, expected) CHECK_GT(actual, expected)
#define EXPECT_GE(actual, expected) CHECK_GE(actual, expected)
// clang-format on

namespace test {

// The seed of this run: from POLLUX_SEED, or 1.
std::uint64_t seed();

// Instructions counted so far: the host has no exact counter, so always 0.
inline std::uint64_t instructions() {
    return 0;
}

// The kernel's limit of time: none here.
inline void begin_part() {}

// Reports a named figure of this test, printed with -s.
void measure(const char* name, std::uint64_t value);

} // namespace test
