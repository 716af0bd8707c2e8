#include "kernel/process/tests/crowd.hpp"

#include <algorithm>

// Many processes, one after the other and at once: what they cost, and that it all comes back.

namespace {

struct Held {
    std::size_t frames = frame::stats().free;
    std::size_t bytes = heap::stats().allocated_bytes;
};

// A parent starts children and waits for each, and so on. Twice: what the first life leaves for good is no leak.
void live(std::string_view children) {
    const ProcessReference parent = start("test_family", {"generations", children});
    REQUIRE(parent);
    while (run_for(100 * MILLISECOND)) {
    }
    EXPECT(parent->status->reason == ExitStatus::Reason::exited);
    EXPECT_EQ(parent->status->code, 0);
}

void spawn_and_exit(std::string_view children) {
    const CrowdCheck check;
    live("10");
    const Held before;
    const std::uint64_t begun = test::instructions();
    live(children);
    const Held after;
    EXPECT_EQ(after.frames, before.frames);
    EXPECT_EQ(after.bytes, before.bytes);
    test::measure("instructions", test::instructions() - begun);
}

} // namespace

TEST(crowd, spawns_and_exits_leave_nothing) {
    spawn_and_exit("500");
}

// For make soak.
TEST(soak, ten_thousand_spawns_and_exits) {
    spawn_and_exit("10000");
}

TEST(crowd, wait_in_read_at_once) {
    constexpr std::size_t COUNT = 1'000;
    const CrowdCheck check;
    auto made = process::Pipe::create();
    REQUIRE(made.has_value());
    process::PipeEnds ends = std::move(*made);
    const Held before;
    for (std::size_t i = 0; i < COUNT; ++i) {
        const ProcessReference each = start("test_pipes", {"reads_once", "1"});
        REQUIRE(each);
        each->descriptors.close_all();
        each->descriptors.set(process::abi::INPUT, ends.reader);
    }
    EXPECT(!poll(100 * COUNT));
    const Held now;
    EXPECT_EQ(process::stats().running, COUNT);
    const std::size_t frames_each = (before.frames - now.frames) / COUNT;
    const std::size_t bytes_each = (now.bytes - before.bytes) / COUNT;
    EXPECT_LE(frames_each, 9u); // what process.hpp says
    EXPECT_LE(bytes_each, 2'304u);
    test::measure("frames_each", frames_each);
    test::measure("heap_bytes_each", bytes_each);
    // One byte for one of them: nobody else runs for it.
    const std::uint64_t polls = event::executor().polls;
    const auto writer = event::spawn([](process::Pipe* pipe) static -> event::Task<> {
        static constexpr std::byte BYTE{1};
        co_await pipe->write({&BYTE, 1});
    }(ends.writer.pipe()));
    REQUIRE(writer.has_value());
    poll(COUNT);
    EXPECT_EQ(process::stats().running, COUNT - 1);
    EXPECT_LE(event::executor().polls - polls, 8u);
    ends.writer = {};
    poll(10 * COUNT);
    EXPECT_EQ(process::stats().running, 0u);
}

// Every process makes another one of itself as long as there is memory for it. The witness was there before, and gets
// its turns.
TEST(crowd, bears_a_fork_bomb) {
    const CrowdCheck check;
    const ProcessReference witness = start("test_witness", {"10"});
    poll(4); // it has touched all of its memory
    const Scarcity scarcity{2'000};
    const ProcessReference bomb = start("test_bomb", {});
    REQUIRE(witness && bomb);
    std::size_t most = 0;
    std::size_t least_free = scarcity.left();
    while (!witness->has_ended()) {
        poll(20);
        most = std::max(most, process::stats().running);
        least_free = std::min(least_free, frame::stats().free);
    }
    EXPECT_LE(least_free, 8u);
    EXPECT_GT(most, 100u);
    EXPECT(witness->status->reason == ExitStatus::Reason::exited);
    EXPECT_EQ(witness->status->code, 0);
    test::measure("processes", most);
    kill_all();
}

// Some take page after page; who runs out ends, the others go on.
TEST(crowd, bears_memory_hogs) {
    const CrowdCheck check;
    const ProcessReference witness = start("test_witness", {"200"});
    poll(4);
    const Scarcity scarcity{2'000};
    ProcessReference hogs[4];
    unsigned ended = 0;
    while (!witness->has_ended()) {
        for (ProcessReference& hog : hogs)
            if (!hog || hog->has_ended()) {
                ended += hog ? 1 : 0;
                EXPECT(!hog || hog->status->vector == 14 || hog->status->reason == ExitStatus::Reason::exited);
                hog = start("test_hog", {});
            }
        run_for(MILLISECOND / 10);
    }
    EXPECT_GT(ended, 4u);
    EXPECT_EQ(witness->status->code, 0);
    test::measure("hogs", ended);
    kill_all();
}
