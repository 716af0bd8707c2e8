#include "kernel/process/pipe.hpp"

#include "kernel/event/spawner.hpp"
#include "kernel/mm/new.hpp"
#include "kernel/process/descriptor.hpp"
#include "kernel/sync/tests/support.hpp"

#include <cstring>

namespace {

using kernel::Error;
using process::Descriptor;
using process::Pipe;
using process::PIPE_BYTES;
using process::PipeEnds;

struct Result {
    bool is_over = false;
    std::size_t bytes = 0;
    Error error{};
    std::byte buffer[2 * PIPE_BYTES];
};

event::Task<> read(Pipe* pipe, Result* result, std::size_t bytes) {
    result->bytes = co_await pipe->read(std::span{result->buffer}.first(bytes));
    result->is_over = true;
}

// `bytes` times `value`.
event::Task<> write(Pipe* pipe, Result* result, std::size_t bytes, unsigned char value) {
    std::memset(result->buffer, value, bytes);
    const auto written = co_await pipe->write(std::span{result->buffer}.first(bytes));
    result->is_over = true;
    result->bytes = written.value_or(0);
    if (!written)
        result->error = written.error();
}

bool holds(const Result& result, std::size_t bytes, unsigned char value) {
    bool good = result.is_over && result.bytes == bytes;
    for (std::size_t i = 0; i < bytes; ++i)
        good = good && result.buffer[i] == std::byte{value};
    return good;
}

// A pipe whose ends are all gone at the end of the test.
class PipeOfTest {
public:
    PipeOfTest() {
        auto made = Pipe::create();
        if (!made)
            kernel::panic("no memory for a pipe");
        ends = std::move(*made);
    }
    ~PipeOfTest() {
        ends = {};
        EXPECT_EQ(Pipe::live_pipes(), before_);
    }
    Pipe* pipe() const { return ends.reader.pipe(); }

    PipeEnds ends;

private:
    std::size_t before_ = Pipe::live_pipes();
};

} // namespace

TEST(pipe, carries_bytes_in_order) {
    PipeOfTest test;
    Result written[3];
    Result got;
    for (unsigned char i = 0; i < 3; ++i)
        start(write(test.pipe(), &written[i], 100, i));
    settle();
    EXPECT_EQ(test.pipe()->size(), 300u);
    for (unsigned char i = 0; i < 3; ++i) {
        start(read(test.pipe(), &got, 100));
        settle();
        EXPECT(holds(got, 100, i));
    }
}

TEST(pipe, gives_a_reader_what_there_is) {
    PipeOfTest test;
    Result written;
    Result got;
    start(read(test.pipe(), &got, 100));
    settle();
    EXPECT(!got.is_over);
    start(write(test.pipe(), &written, 3, 7));
    settle();
    EXPECT(holds(got, 3, 7));
}

TEST(pipe, carries_bytes_around_its_end) {
    PipeOfTest test;
    for (unsigned char round = 0; round < 20; ++round) {
        Result written;
        Result got;
        start(write(test.pipe(), &written, 333, round));
        start(read(test.pipe(), &got, 333));
        settle();
        EXPECT((holds(written, 333, round) && holds(got, 333, round)));
    }
}

TEST(pipe, waits_while_it_is_full) {
    PipeOfTest test;
    Result written[2];
    Result got[3];
    start(write(test.pipe(), &written[0], PIPE_BYTES, 1));
    start(write(test.pipe(), &written[1], 1, 2));
    settle();
    EXPECT((written[0].is_over && !written[1].is_over));
    start(read(test.pipe(), &got[0], 1));
    settle();
    EXPECT(written[1].is_over);
    start(read(test.pipe(), &got[1], PIPE_BYTES - 1));
    start(read(test.pipe(), &got[2], PIPE_BYTES));
    settle();
    EXPECT((holds(got[1], PIPE_BYTES - 1, 1) && holds(got[2], 1, 2)));
}

// What one writes is read without another's bytes in it, and who wants much is not overtaken by who wants little.
TEST(pipe, keeps_what_is_written_together) {
    PipeOfTest test;
    Result written[3];
    Result got[3];
    start(write(test.pipe(), &written[0], 100, 1));
    start(write(test.pipe(), &written[1], PIPE_BYTES, 2));
    start(write(test.pipe(), &written[2], 1, 3));
    settle();
    EXPECT((written[0].is_over && !written[1].is_over && !written[2].is_over));
    for (Result& result : got)
        start(read(test.pipe(), &result, PIPE_BYTES));
    settle();
    EXPECT((holds(got[0], 100, 1) && holds(got[1], PIPE_BYTES, 2) && holds(got[2], 1, 3)));
}

TEST(pipe, writes_no_more_than_it_holds) {
    PipeOfTest test;
    Result written;
    start(write(test.pipe(), &written, 2 * PIPE_BYTES, 4));
    settle();
    EXPECT_EQ(written.bytes, PIPE_BYTES);
    EXPECT_EQ(test.pipe()->size(), PIPE_BYTES);
}

TEST(pipe, ends_for_readers_when_no_writer_is_left) {
    PipeOfTest test;
    Result written;
    Result got[4];
    Descriptor second = test.ends.writer;
    start(write(test.pipe(), &written, 2, 5));
    for (Result& result : got)
        start(read(test.pipe(), &result, 10));
    settle();
    EXPECT((holds(got[0], 2, 5) && !got[1].is_over));
    test.ends.writer = {};
    settle();
    EXPECT(!got[1].is_over);
    second = {};
    settle();
    for (Result* result : {&got[1], &got[2], &got[3]})
        EXPECT((result->is_over && result->bytes == 0));
    start(read(test.pipe(), &got[0], 10));
    settle();
    EXPECT((got[0].is_over && got[0].bytes == 0));
}

TEST(pipe, gives_what_was_written_before_the_end) {
    PipeOfTest test;
    Result written;
    Result got[2];
    start(write(test.pipe(), &written, 5, 6));
    settle();
    test.ends.writer = {};
    start(read(test.pipe(), &got[0], 3));
    start(read(test.pipe(), &got[1], 3));
    settle();
    EXPECT((holds(got[0], 3, 6) && holds(got[1], 2, 6)));
}

TEST(pipe, is_closed_for_writers_when_no_reader_is_left) {
    PipeOfTest test;
    Result written[3];
    start(write(test.pipe(), &written[0], PIPE_BYTES, 1));
    start(write(test.pipe(), &written[1], 1, 2));
    start(write(test.pipe(), &written[2], PIPE_BYTES, 3));
    settle();
    Pipe* pipe = test.pipe();
    test.ends.reader = {};
    settle();
    EXPECT((written[1].is_over && written[1].error == Error::closed));
    EXPECT((written[2].is_over && written[2].error == Error::closed));
    start(write(pipe, &written[0], 0, 0));
    settle();
    EXPECT_EQ(written[0].error, Error::closed);
}

TEST(pipe, a_cancelled_reader_loses_nothing) {
    PipeOfTest test;
    Result written;
    Result got[3];
    const event::EventReference first = start(read(test.pipe(), &got[0], 10));
    const event::EventReference second = start(read(test.pipe(), &got[1], 10));
    start(read(test.pipe(), &got[2], 10));
    settle();
    cancel_by_hand(first); // while it is in line
    start(write(test.pipe(), &written, 4, 8));
    while (!written.is_over)
        event::executor().run_once();
    EXPECT(!got[1].is_over);
    cancel_by_hand(second); // while it has its turn
    settle();
    EXPECT(holds(got[2], 4, 8));
}

TEST(pipe, a_cancelled_writer_holds_nobody_up) {
    PipeOfTest test;
    Result written[4];
    Result got[2];
    start(write(test.pipe(), &written[0], 500, 1));
    const event::EventReference large = start(write(test.pipe(), &written[1], 400, 2));
    start(write(test.pipe(), &written[2], 12, 3));
    settle();
    EXPECT(!written[2].is_over); // it must not overtake
    cancel_by_hand(large);
    settle();
    EXPECT(written[2].is_over);
    EXPECT_EQ(test.pipe()->size(), PIPE_BYTES);
    const event::EventReference granted = start(write(test.pipe(), &written[1], 500, 4));
    start(write(test.pipe(), &written[3], 1, 5));
    settle();
    start(read(test.pipe(), &got[0], PIPE_BYTES));
    while (!got[0].is_over)
        event::executor().run_once();
    cancel_by_hand(granted); // it has its turn
    settle();
    EXPECT((written[3].is_over && !written[1].is_over));
    EXPECT_EQ(test.pipe()->size(), 1u);
}

TEST(pipe, outlives_its_ends_while_somebody_reads) {
    const std::size_t pipes = Pipe::live_pipes();
    Result got;
    event::EventReference reader;
    {
        auto ends = Pipe::create();
        REQUIRE(ends.has_value());
        reader = start(read(ends->reader.pipe(), &got, 10));
        settle();
        EXPECT(!got.is_over);
    }
    EXPECT_EQ(Pipe::live_pipes(), pipes + 1);
    settle();
    EXPECT((got.is_over && got.bytes == 0));
    EXPECT_EQ(Pipe::live_pipes(), pipes);
}

TEST(pipe, empty_reads_and_writes_never_wait) {
    PipeOfTest test;
    Result got;
    Result written[2];
    start(read(test.pipe(), &got, 0));
    start(write(test.pipe(), &written[0], PIPE_BYTES, 1));
    start(write(test.pipe(), &written[1], 0, 1));
    settle();
    EXPECT((got.is_over && got.bytes == 0));
    EXPECT((written[1].is_over && written[1].bytes == 0 && written[1].error == Error{}));
}

TEST(pipe, without_memory_says_so) {
    const std::size_t pipes = Pipe::live_pipes();
    heap::fail_allocation(1);
    const auto ends = Pipe::create();
    EXPECT((!ends && ends.error() == Error::out_of_memory));
    EXPECT_EQ(Pipe::live_pipes(), pipes);
}

TEST(descriptor, table_uses_the_lowest_free_number) {
    process::DescriptorTable table;
    for (std::uint32_t i = 0; i < process::abi::DESCRIPTOR_COUNT; ++i)
        EXPECT_EQ(table.add(Descriptor::console_out()).value_or(99), i);
    const auto none = table.add(Descriptor::console_in());
    EXPECT((!none && none.error() == Error::too_many));
    table.set(5, {});
    EXPECT(table.find(5) == nullptr);
    EXPECT(table.find(process::abi::DESCRIPTOR_COUNT) == nullptr);
    EXPECT(table.find(~std::uint64_t{0}) == nullptr);
    EXPECT_EQ(table.add(Descriptor::console_in()).value_or(99), 5u);
    EXPECT(table.find(5)->kind() == Descriptor::Kind::console_in);
}

TEST(descriptor, a_table_that_dies_closes_its_ends) {
    PipeOfTest test;
    Result got;
    {
        process::DescriptorTable table;
        EXPECT(table.add(test.ends.writer).has_value());
        const process::DescriptorTable copy = table;
        test.ends.writer = {};
        start(read(test.pipe(), &got, 1));
        settle();
        table.close_all();
        settle();
        EXPECT(!got.is_over);
    }
    settle();
    EXPECT((got.is_over && got.bytes == 0));
}
