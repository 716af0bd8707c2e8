// Memory may run out at any place, and all of it comes back.

#include "kernel/lib/machine.hpp"
#include "kernel/mm/tests/scarcity.hpp"
#include "labs/5-process/tests/support.hpp"

namespace {

using test::Scarcity;

// The lowest address that the stack was written at below here, by a pattern that this writes first.
constexpr std::size_t STACK_LOOKED_AT = 24 << 10;
constexpr std::uint64_t PATTERN = 0x5ac3'5ac3'5ac3'5ac3;

[[gnu::noinline]] void paint_stack() {
    volatile std::uint64_t words[STACK_LOOKED_AT / sizeof(std::uint64_t)];
    for (volatile std::uint64_t& word : words)
        word = PATTERN;
}
// Bytes of what paint_stack painted that were used since.
[[gnu::noinline]] std::size_t stack_used() {
    volatile std::uint64_t words[STACK_LOOKED_AT / sizeof(std::uint64_t)];
    std::size_t unused = 0;
    while (unused < std::size(words) && words[unused] == PATTERN)
        ++unused;
    return sizeof words - unused * sizeof(std::uint64_t);
}

// The stack that the kernel needs for so many system calls: `null_calls` of one kind, and `rounds` of five, one of
// which waits, by each of so many processes.
std::size_t stack_of_calls(std::string_view null_calls, std::string_view rounds, std::size_t count) {
    constexpr std::size_t MOST = 20;
    ProcessReference processes[MOST];
    const ProcessReference quick = must_start("test_calls", {"null_calls", null_calls});
    for (ProcessReference& process : std::span{processes}.first(count))
        process = must_start("test_calls", {"calls", rounds});
    paint_stack();
    EXPECT(run_to_the_end());
    const std::size_t used = stack_used();
    for (const ProcessReference& process : std::span{processes}.first(count))
        EXPECT_EQ(ending_of(process), 0);
    return used;
}

} // namespace

TEST(memory, is_missing_for_the_kth_allocation_of_start) {
    const Ground ground;
    std::size_t failing = 0;
    for (;;) {
        const Ground each;
        const std::string_view arguments[] = {"exits", "9"};
        heap::fail_allocation(++failing);
        const auto pid = process::start("test_calls", arguments, nullptr);
        heap::fail_allocation(0);
        if (pid) {
            EXPECT(run_to_the_end());
            break;
        }
        EXPECT_EQ(pid.error(), Error::out_of_memory);
        EXPECT(!event::executor().run_once());
        REQUIRE(failing < 100);
    }
    EXPECT_GE(failing, 4u); // the process, the frame, the event
}

// A child that could not be started is none.
TEST(memory, is_missing_for_the_kth_allocation_of_a_childs_start) {
    const Ground ground;
    const ProcessReference parent = must_start("test_pipes", {"sleeps", "1000000"});
    std::size_t failing = 0;
    for (;;) {
        const std::string_view arguments[] = {"exits", "9"};
        heap::fail_allocation(++failing);
        const auto pid = process::start("test_calls", arguments, parent.get());
        heap::fail_allocation(0);
        EXPECT_EQ(parent->has_child(0), pid.has_value());
        if (pid)
            break;
        EXPECT_EQ(pid.error(), Error::out_of_memory);
        EXPECT_EQ(process::stats().running, 1u);
        EXPECT_EQ(process::stats().ended, 0u);
        REQUIRE(failing < 100);
    }
    EXPECT(run_to_the_end());
}

TEST(memory, is_missing_for_the_kth_frame_of_start) {
    const Ground ground;
    for (std::size_t left = 0;; ++left) {
        const std::string_view arguments[] = {"exits", "9"};
        std::expected<std::uint32_t, Error> pid;
        {
            const Scarcity scarcity{left};
            const std::size_t free = frame::stats().free;
            pid = process::start("test_calls", arguments, nullptr);
            if (!pid) {
                EXPECT_EQ(pid.error(), Error::out_of_memory);
                EXPECT_EQ(frame::stats().free, free);
                EXPECT_EQ(event::live_events(), 0u);
            }
        }
        if (pid) {
            EXPECT_GE(left, 5u); // tables, code, stack
            break;
        }
        REQUIRE(left < 64);
    }
    EXPECT(run_to_the_end());
}

// A program that touches a page for which there is no frame: it ends, and another one goes on.
TEST(memory, is_missing_for_a_page_that_is_touched) {
    const Ground ground;
    const ProcessReference hog = must_start("test_hog", {});
    const ProcessReference other = must_start("test_pipes", {"spins", "30000000"});
    run_for(2 * MILLISECOND);
    {
        const Scarcity scarcity{200};
        while (!hog->has_ended())
            run_for(MILLISECOND);
        EXPECT_EQ(ending_of(hog), faulted(14));
    }
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(other), 0);
}

TEST(memory, is_missing_for_more_children) {
    const Ground ground;
    const ProcessReference parent = must_start("test_family", {"until_there_is_no_memory"});
    {
        const Scarcity scarcity{300};
        EXPECT(run_to_the_end());
    }
    EXPECT_EQ(ending_of(parent), 0);
}

// A call that finds no memory for its frame is an error of the program, not of the kernel.
TEST(memory, is_missing_for_a_call_that_waits) {
    const Ground ground;
    auto [reader, writer] = must_pipe();
    const ProcessReference process = must_start("test_pipes", {"writes_once", "1"}, {}, std::move(writer));
    heap::fail_allocation(1);
    EXPECT(settle());
    heap::fail_allocation(0);
    EXPECT_EQ(ending_of(process), refused(process::abi::ErrorNumber::out_of_memory));
}

TEST(memory, of_the_kernels_stack_stays_the_same) {
    const Ground ground;
    const std::size_t few = stack_of_calls("1000", "20", 1);
    const std::size_t many = stack_of_calls("96000", "1000", 1); // 101,000 with the five of each round
    EXPECT_LE(many, few + 512);                                  // an interrupt may come at a deeper place
    EXPECT_LT(many, STACK_LOOKED_AT);
    test::measure("stack_bytes", many);
}

TEST(memory, of_the_kernels_stack_is_one_for_all) {
    const Ground ground;
    const std::size_t of_two = stack_of_calls("1000", "20", 1);
    const std::size_t of_many = stack_of_calls("1000", "20", 20);
    EXPECT_LE(of_many, of_two + 512);
    test::measure("stack_bytes", of_many);
}

// One kernel stack for all of them.
TEST(memory, of_a_blocked_process) {
    const Ground ground;
    constexpr std::size_t COUNT = 200;
    const std::size_t frames = frame::stats().free;
    ProcessReference processes[COUNT];
    process::PipeEnds pipe = must_pipe();
    for (ProcessReference& process : processes)
        process = must_start("test_pipes", {"reads_once", "1"}, pipe.reader, {});
    EXPECT(settle());
    for (const ProcessReference& process : processes)
        EXPECT_EQ(process->event->state.load(), State::blocked);
    test::measure("frames_a_process", (frames - frame::stats().free) / COUNT);
    pipe = {};
    EXPECT(run_to_the_end());
    for (ProcessReference& process : processes) {
        EXPECT_EQ(ending_of(process), 0);
        process = {};
    }
}

// Ring 3 to ring 3 for the cheapest call there is.
TEST(memory, and_time_of_a_null_call) {
    const Ground ground;
    const auto instructions_of = [](std::string_view count) {
        const ProcessReference process = must_start("test_calls", {"null_calls", count});
        const std::uint64_t begun = test::instructions();
        EXPECT(run_to_the_end());
        return test::instructions() - begun;
    };
    const std::uint64_t of_few = instructions_of("1000");
    const std::uint64_t of_more = instructions_of("5000");
    const std::uint64_t of_one = (of_more - of_few) / 4000;
    test::measure("instructions_a_call", of_one);
    EXPECT_LE(of_one, 250u);
}
