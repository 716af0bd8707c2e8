#include "kernel/process/pipe.hpp"

#include "kernel/process/tests/pipe_support.hpp"

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
