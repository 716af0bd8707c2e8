#include "kernel/lib/orders.hpp"
#include "kernel/test/test.hpp"

#include <initializer_list>

TEST(orders, reads_every_word) {
    kernel::Orders orders;
    orders.read("test=heap.a seed=7 shift=5 limit=4 heap=8 core=2 test=heap.b");
    EXPECT_EQ(orders.test_count, 2u);
    EXPECT(orders.tests[0] == "heap.a");
    EXPECT(orders.tests[1] == "heap.b");
    EXPECT_EQ(orders.seed, 7u);
    EXPECT_EQ(orders.instruction_shift, 5u);
    EXPECT_EQ(orders.limit_seconds, 4u);
    EXPECT_EQ(orders.heap_mebibytes, 8u);
    EXPECT_EQ(orders.core, 2u);
    EXPECT(orders.misunderstood.empty());
}

TEST(orders, later_words_win) {
    kernel::Orders orders;
    orders.read("seed=1");
    orders.read("  seed=2 ");
    EXPECT_EQ(orders.seed, 2u);
}

TEST(orders, names_the_first_word_that_means_nothing) {
    for (const char* word :
         {"quiet", "color=red", "seed=", "seed=-1", "seed=1x", "limit=31", "test=", "seed=99999999999999999999"}) {
        kernel::Orders orders;
        orders.read(word);
        EXPECT(orders.misunderstood == word);
    }
}
