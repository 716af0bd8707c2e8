// Tests that end badly, each in its way: grader/tests/kernel/test_unit.py looks at what is said of them.

#include "kernel/event/tests/names.hpp"
#include "kernel/lib/not_written.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/test/test.hpp"

TEST(sample, overflows) {
    volatile int most = 0x7fffffff;
    most = most + 1;
}

TEST(sample, never_ends) {
    for (volatile int i = 0;;)
        i = 1 - i;
}

TEST(sample, writes_behind) {
    char* volatile block = new char[4];
    block[4] = 1;
    delete[] block;
}

TEST(sample, is_empty) {
    kernel::not_written("sample");
}

TEST(sample, names) {
    EXPECT_EQ(event::Poll::ready, event::Poll::pending);
    EXPECT_EQ(event::State::blocked, event::State::finished);
    EXPECT_EQ(kernel::Error::closed, kernel::Error::deadlock);
}

TEST(sample, panics) {
    kernel::panic("struck");
}
