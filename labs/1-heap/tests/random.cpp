// Long random lives, each step held against a model. The seed comes from the grader, and a failure repeats with it.

#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/model.hpp"

namespace {

// The model is large for a kernel stack.
Model& new_model(std::size_t bytes) {
    static Model model({});
    model = Model(fresh_heap(bytes));
    return model;
}

} // namespace

TEST(heap, survives_a_random_life) {
    kernel::Random random(test::seed());
    Model& model = new_model(128 << 10);
    const heap::Stats at_first = heap::stats();
    for (int i = 0; i < 6000; ++i)
        REQUIRE(model.step(random, 2000, false));
    REQUIRE(model.free_all(random));
    EXPECT(is_whole_again(at_first));
}

TEST(heap, survives_a_life_at_the_limit) {
    kernel::Random random(test::seed() + 1);
    Model& model = new_model(6000);
    const heap::Stats at_first = heap::stats();
    for (int i = 0; i < 6000; ++i)
        REQUIRE(model.step(random, 400, false));
    REQUIRE(model.free_all(random));
    EXPECT(is_whole_again(at_first));
}

TEST(heap, survives_a_random_life_with_alignment) {
    kernel::Random random(test::seed() + 2);
    Model& model = new_model(256 << 10);
    const heap::Stats at_first = heap::stats();
    for (int i = 0; i < 4000; ++i)
        REQUIRE(model.step(random, 3000, true));
    REQUIRE(model.free_all(random));
    EXPECT(is_whole_again(at_first));
}
