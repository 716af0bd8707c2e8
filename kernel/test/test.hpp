#pragma once

// TEST(heap, reuses_a_freed_block) { … EXPECT_EQ(actual, expected); … }
// One source, two machines: in the kernel a test speaks KTAP over COM2, on the host it is a doctest case under
// sanitizers. EXPECT… notes a failure and goes on; REQUIRE(condition) and REQUIRE_EQ(actual, expected) note it and
// leave the test body (use them only there).

#if __STDC_HOSTED__
#include "arch/host/test_bridge.hpp"
#else
#include "kernel/test/case.hpp"
#endif
