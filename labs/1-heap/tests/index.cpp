// The graded index: how dear and how thrifty the heap is on recorded traces, first of all whether it is right on them.

#include "kernel/test/test.hpp"
#include "labs/1-heap/tests/trace.hpp"

#include <array>
#include <utility>

namespace {

// The name of the figure, and who makes the trace.
constexpr std::array<std::pair<const char*, void (*)(trace::Trace&)>, 4> TRACES = {{
    {"frames", trace::record_frames},
    {"mixed", trace::record_mixed},
    {"medium", trace::record_medium},
    {"alternating", trace::record_alternating},
}};

trace::Trace& record(void (*recorder)(trace::Trace&)) {
    static trace::Trace recorded;
    recorded = trace::Trace();
    recorder(recorded);
    return recorded;
}

} // namespace

TEST(heap, plays_the_recorded_traces) {
    for (const auto& [name, recorder] : TRACES) {
        const trace::Trace& recorded = record(recorder);
        EXPECT(trace::play(recorded, std::span(arena).first(recorded.peak_bytes() * 2)).good);
        const heap::Stats now = heap::stats();
        EXPECT_EQ(now.allocated_blocks, 0U);
        EXPECT_EQ(now.free_blocks, 1U);
    }
}

TEST(heap, index_instructions) {
    std::uint64_t instructions = 0;
    std::uint64_t operations = 0;
    for (const auto& [name, recorder] : TRACES) {
        const trace::Trace& recorded = record(recorder);
        const trace::Result result = trace::play(recorded, std::span(arena).first(recorded.peak_bytes() * 3 / 2));
        REQUIRE(result.good);
        instructions += result.instructions;
        operations += recorded.operations().size();
        test::measure(name, result.instructions / recorded.operations().size());
    }
    test::measure("instructions_per_operation", instructions / operations);
}

// Every trace counts the same, however large it is.
TEST(heap, index_utilisation) {
    std::uint64_t sum = 0;
    for (const auto& [name, recorder] : TRACES) {
        const trace::Trace& recorded = record(recorder);
        const std::size_t smallest = trace::smallest_arena(recorded);
        REQUIRE(smallest != 0);
        const std::uint64_t permille = recorded.peak_bytes() * 1000 / smallest;
        sum += permille;
        test::measure(name, permille);
    }
    test::measure("utilisation_permille", sum / TRACES.size());
}
