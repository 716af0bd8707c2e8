#include "kernel/process/pipe.hpp"

#include "kernel/process/tests/pipe_support.hpp"

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
