// Calls that wait: in pipes, for the console, for time. Who waits is not polled, and others run.

#include "arch/console_input.hpp"
#include "arch/interrupts.hpp"
#include "labs/5-process/tests/support.hpp"

using process::abi::ErrorNumber;

namespace {

Task<> write_once(Descriptor to, std::size_t count) {
    static constexpr std::byte BYTES[process::PIPE_BYTES]{};
    co_await to.pipe()->write({BYTES, count});
}

// One round trip with a process that echoes: a byte there, a byte back.
Task<> ask(Descriptor to, Descriptor from, unsigned rounds, unsigned* answers) {
    for (unsigned i = 0; i < rounds; ++i) {
        const std::byte question{static_cast<std::byte>(i)};
        std::byte answer{};
        if (!co_await to.pipe()->write({&question, 1}) || co_await from.pipe()->read({&answer, 1}) != 1)
            break;
        *answers += answer == question ? 1 : 0;
    }
}

} // namespace

TEST(blocked, two_wait_while_a_third_runs) {
    const Ground ground;
    auto [reader, writer] = must_pipe();
    const ProcessReference reads = must_start("test_pipes", {"reads_once", "10"}, std::move(reader), {});
    const ProcessReference sleeps = must_start("test_pipes", {"sleeps", "100000000"});
    const event::EventReference reads_event = reads->event;
    const event::EventReference sleeps_event = sleeps->event;
    const ProcessReference spins = must_start("test_pipes", {"spins", "40000000"});
    while (!spins->has_ended())
        run_for(MILLISECOND);
    EXPECT_EQ(ending_of(spins), 0);
    EXPECT_EQ(reads_event->state.load(), State::blocked);
    EXPECT_EQ(reads_event->polls, 1u);
    EXPECT_EQ(sleeps_event->state.load(), State::blocked);
    EXPECT_EQ(sleeps_event->polls, 1u);
    must_spawn(write_once(std::move(writer), 6));
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(reads), 6);
    EXPECT_EQ(reads_event->polls, 2u);
    EXPECT_EQ(ending_of(sleeps), 0);
    EXPECT_EQ(sleeps_event->polls, 2u);
}

// The last that began to wait is the first that goes on.
TEST(blocked, each_gets_its_own_result) {
    const Ground ground;
    constexpr unsigned COUNT = 4;
    process::PipeEnds pipes[COUNT];
    ProcessReference processes[COUNT];
    for (unsigned i = 0; i < COUNT; ++i) {
        pipes[i] = must_pipe();
        processes[i] = must_start("test_pipes", {"reads_once", "100"}, std::move(pipes[i].reader), {});
    }
    EXPECT(settle());
    for (unsigned i = COUNT; i-- > 0;)
        must_spawn(write_once(std::move(pipes[i].writer), 10 + i));
    EXPECT(run_to_the_end());
    for (unsigned i = 0; i < COUNT; ++i)
        EXPECT_EQ(ending_of(processes[i]), 10 + i);
}

TEST(blocked, result_is_there_right_after_the_wait) {
    const Ground ground;
    constexpr unsigned ROUNDS = 100;
    auto [to_reader, to_writer] = must_pipe();
    auto [from_reader, from_writer] = must_pipe();
    const ProcessReference echoes =
        must_start("test_pipes", {"echoes", "100"}, std::move(to_reader), std::move(from_writer));
    unsigned answers = 0;
    must_spawn(ask(std::move(to_writer), std::move(from_reader), ROUNDS, &answers));
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(echoes), 0);
    EXPECT_EQ(answers, ROUNDS);
}

TEST(pipe, full_blocks_the_writer) {
    const Ground ground;
    auto [reader, writer] = must_pipe();
    const ProcessReference writes = must_start("test_pipes", {"writes", "3000"}, {}, std::move(writer));
    const event::EventReference its_event = writes->event;
    EXPECT(settle());
    EXPECT_EQ(its_event->state.load(), State::blocked);
    EXPECT_EQ(reader.pipe()->size(), 300u); // it writes 300 at a time
    const std::uint32_t polls = its_event->polls;
    run_for(20 * MILLISECOND);
    EXPECT_EQ(its_event->polls, polls);
    Collected collected;
    must_spawn(collect(std::move(reader), &collected));
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(writes), 0);
    EXPECT_EQ(collected.bytes, 3000u);
    EXPECT(collected.in_order);
    EXPECT(collected.at_end);
}

TEST(pipe, empty_blocks_the_reader) {
    const Ground ground;
    auto [reader, writer] = must_pipe();
    const ProcessReference reads = must_start("test_pipes", {"reads", "1500"}, std::move(reader), {});
    const event::EventReference its_event = reads->event;
    EXPECT(settle());
    EXPECT_EQ(its_event->state.load(), State::blocked);
    EXPECT_EQ(its_event->polls, 1u);
    must_spawn(provide(std::move(writer), 1500));
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(reads), 0);
}

TEST(pipe, without_writers_is_at_its_end) {
    const Ground ground;
    {
        auto [reader, writer] = must_pipe();
        writer = {};
        const ProcessReference reads = must_start("test_pipes", {"reads_once"}, std::move(reader), {});
        EXPECT(run_to_the_end());
        EXPECT_EQ(ending_of(reads), 0);
    }
    auto [reader, writer] = must_pipe();
    const ProcessReference reads = must_start("test_pipes", {"reads_once"}, std::move(reader), {});
    EXPECT(settle());
    EXPECT_EQ(ending_of(reads), STILL_RUNS);
    writer = {};
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(reads), 0);
}

TEST(pipe, without_readers_is_closed) {
    const Ground ground;
    {
        auto [reader, writer] = must_pipe();
        reader = {};
        const ProcessReference writes = must_start("test_pipes", {"writes_once"}, {}, std::move(writer));
        EXPECT(run_to_the_end());
        EXPECT_EQ(ending_of(writes), refused(ErrorNumber::closed));
    }
    auto [reader, writer] = must_pipe();
    const ProcessReference fills = must_start("test_pipes", {"writes_once", "500"}, {}, writer);
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(fills), 500);
    const ProcessReference waits = must_start("test_pipes", {"writes_once", "500"}, {}, std::move(writer));
    EXPECT(settle());
    EXPECT_EQ(ending_of(waits), STILL_RUNS);
    reader = {};
    EXPECT(run_to_the_end());
    EXPECT_EQ(ending_of(waits), refused(ErrorNumber::closed));
}

TEST(pipe, joins_two_processes) {
    const Ground ground;
    EXPECT_EQ(run("test_family", {"pipeline"}), 0);
}

// What is written to the console comes back by the device's own loop.
TEST(console, is_read_and_written) {
    const Ground ground;
    Collected collected;
    auto [reader, writer] = must_pipe();
    must_spawn(collect(std::move(reader), &collected));
    const ProcessReference copies = must_start("test_pipes", {"copies"}, Descriptor::console_in(), std::move(writer));
    const event::EventReference its_event = copies->event;
    EXPECT(settle());
    EXPECT_EQ(its_event->state.load(), State::blocked);
    arch::set_console_loopback(true);
    const ProcessReference writes = must_start("test_pipes", {"writes", "9"}); // the tenth byte would be a newline's
    run_for(20 * MILLISECOND);
    arch::set_console_loopback(false);
    EXPECT_EQ(ending_of(writes), 0);
    EXPECT_EQ(collected.bytes, 9u);
    EXPECT(collected.in_order);
    EXPECT_EQ(its_event->state.load(), State::blocked);
    kill(copies);
    EXPECT(run_to_the_end());
    EXPECT(collected.at_end);
}

// A second of sleep is the sleep's own interrupt, and nearly all of it the machine stands still.
TEST(blocked, takes_no_interrupts) {
    const Ground ground;
    arch::disarm_timer(); // an earlier test may have left a deadline that nobody waits for
    const ProcessReference sleeps = must_start("test_pipes", {"sleeps", "1000000000"});
    const std::uint64_t interrupts = arch::interrupt_count();
    event::executor().run();
    EXPECT_LE(arch::interrupt_count() - interrupts, 1u);
    EXPECT_EQ(ending_of(sleeps), 0);
}

namespace {

// Writes 400 of one letter at once, then closes.
Task<> write_letters(Descriptor to, char letter) {
    std::byte bytes[400];
    for (std::byte& byte : bytes)
        byte = static_cast<std::byte>(letter);
    co_await to.pipe()->write(bytes);
}

} // namespace

// Two that wait at once for the same kind of thing, each with its own bytes under way.
TEST(blocked, two_keep_their_bytes_apart) {
    const Ground ground;
    constexpr std::string_view LETTERS[] = {"a", "b", "c"};
    process::PipeEnds pipes[3];
    ProcessReference processes[3];
    for (unsigned i = 0; i < 3; ++i) {
        pipes[i] = must_pipe();
        processes[i] = must_start("test_pipes", {"reads_letter", LETTERS[i]}, std::move(pipes[i].reader), {});
    }
    EXPECT(settle()); // all wait
    for (unsigned i = 0; i < 3; ++i)
        must_spawn(write_letters(std::move(pipes[i].writer), LETTERS[i][0]));
    EXPECT(run_to_the_end());
    for (const ProcessReference& process : processes)
        EXPECT_EQ(ending_of(process), 400);
    ProcessReference writers[3];
    for (unsigned i = 0; i < 3; ++i) {
        pipes[i] = must_pipe();
        writers[i] = must_start("test_pipes", {"writes_letter", LETTERS[i]}, {}, std::move(pipes[i].writer));
    }
    EXPECT(settle()); // each has written once, and waits with as much
    for (unsigned i = 0; i < 3; ++i) {
        EXPECT_EQ(ending_of(writers[i]), STILL_RUNS);
        processes[i] = must_start("test_pipes", {"reads_letter", LETTERS[i]}, std::move(pipes[i].reader), {});
    }
    EXPECT(run_to_the_end());
    for (unsigned i = 0; i < 3; ++i) {
        EXPECT_EQ(ending_of(writers[i]), 0);
        EXPECT_EQ(ending_of(processes[i]), 1000);
    }
}
