#include "kernel/process/console.hpp"

#include "arch/console_input.hpp"
#include "kernel/lib/machine.hpp"
#include "kernel/process/more_calls.hpp"
#include "kernel/process/tests/run_support.hpp"

// The real device in loopback: what is sent arrives as if it had been typed.

namespace {

event::Task<> send_later(std::string_view text, std::uint64_t delay) {
    co_await event::sleep_for(delay);
    for (const char byte : text) {
        arch::set_console_loopback(true);
        kernel::console_write({&byte, 1});
        arch::set_console_loopback(false);
        co_await event::sleep_for(MILLISECOND);
    }
}

// A started console, and programs that read from it or do not.
class Typing {
public:
    Typing() { EXPECT(process::console_start().has_value()); }
    ~Typing() { process::console_stop(); }

    // Has these bytes typed after 8 ms, and lets events run till all of them have ended but the console's.
    bool type(std::string_view text) {
        auto sender = event::spawn(send_later(text, 8 * MILLISECOND));
        return sender && run_events(500 * MILLISECOND, 1);
    }

    // What the program that reads one line got.
    std::string_view line_of(std::string_view text) {
        auto ends = process::Pipe::create();
        if (!ends)
            return "no pipe";
        const ProcessReference process = start_program("test_more", {"reads_line"});
        process->descriptors.set(process::abi::OUTPUT, std::move(ends->writer));
        EXPECT(type(text));
        EXPECT_EQ(ending_of(process), 0);
        return read_all(*ends);
    }

private:
    std::string_view read_all(process::PipeEnds& ends) {
        const auto reader =
            event::spawn([](process::Pipe* pipe, std::span<char> buffer, std::size_t* count) static -> event::Task<> {
                *count = co_await pipe->read(std::as_writable_bytes(buffer));
            }(ends.reader.pipe(), text_, &bytes_));
        EXPECT(reader && run_events(10 * MILLISECOND, 1));
        return {text_, bytes_};
    }

    Ground ground_;
    char text_[64];
    std::size_t bytes_ = 0;
};

} // namespace

TEST(console, hands_over_a_line_when_it_is_whole) {
    Typing typing;
    EXPECT(typing.line_of("good day\r") == "good day\n");
}

TEST(console, edits_the_line) {
    Typing typing;
    EXPECT(typing.line_of("no\x15goo\x7f\x7f\x7f\x7f\x7fgoad\b\bod\x01\r") == "good\n");
}

TEST(console, ends_the_input) {
    Typing typing;
    const ProcessReference process = start_program("test_more", {"reads_line"});
    EXPECT(typing.type("\x04"));
    EXPECT_EQ(ending_of(process), 3);
}

TEST(console, hands_over_part_of_a_line) {
    Typing typing;
    EXPECT(typing.line_of("part\x04") == "part");
}

TEST(console, passes_every_byte_when_raw) {
    Typing typing;
    process::set_console_mode(process::abi::ConsoleMode::raw);
    EXPECT(typing.line_of("\x03") == "\x03");
}

TEST(console, drops_the_line_when_nobody_is_in_the_foreground) {
    Typing typing;
    EXPECT(typing.line_of("wrong\x03right\r") == "right\n");
}

// The one that spins makes no call and reads nothing; the other one is blocked, the third is not in the foreground.
TEST(console, kills_the_foreground) {
    Typing typing;
    const ProcessReference spins = start_program("test_more", {"spins"});
    const ProcessReference reads = start_program("test_more", {"reads_line"});
    const ProcessReference other = start_program("test_more", {"reads_line"});
    const std::uint32_t pids[] = {spins->pid, reads->pid, 0xffff};
    process::set_foreground(pids);
    EXPECT(typing.type("\x03\x04"));
    EXPECT_EQ(ending_of(spins), KILLED);
    EXPECT_EQ(ending_of(reads), KILLED);
    EXPECT_EQ(ending_of(other), 3);
}

// What one reader leaves is the next one's, in the order they came.
TEST(console, serves_readers_in_order) {
    Typing typing;
    const ProcessReference first = start_program("test_more", {"reads_line"});
    const ProcessReference second = start_program("test_more", {"reads_line"});
    EXPECT(typing.type("line\r\x04"));
    EXPECT_EQ(ending_of(first), 0);
    EXPECT_EQ(ending_of(second), 3);
}
