#pragma once

// What the tests of pipes share.

#include "kernel/mm/new.hpp"
#include "kernel/process/descriptor.hpp"
#include "kernel/process/pipe.hpp"
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

[[maybe_unused]] event::Task<> read(Pipe* pipe, Result* result, std::size_t bytes) {
    result->bytes = co_await pipe->read(std::span{result->buffer}.first(bytes));
    result->is_over = true;
}

// `bytes` times `value`.
[[maybe_unused]] event::Task<> write(Pipe* pipe, Result* result, std::size_t bytes, unsigned char value) {
    std::memset(result->buffer, value, bytes);
    const auto written = co_await pipe->write(std::span{result->buffer}.first(bytes));
    result->is_over = true;
    result->bytes = written.value_or(0);
    if (!written)
        result->error = written.error();
}

[[maybe_unused]] bool holds(const Result& result, std::size_t bytes, unsigned char value) {
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
