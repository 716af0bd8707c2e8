#pragma once

#include <cstdint>
#include <expected>

namespace kernel {

// Why an operation that may fail did fail. Returned as std::expected<T, Error>; never a panic.
enum class Error : std::uint32_t {
    out_of_memory,
    cancelled,      // the event was cancelled before it had a result
    already_joined, // its result was taken before
    timed_out,
    closed, // the other side is gone
    deadlock,
    bad_address,  // not mapped, or not for this
    bad_argument, // what can never be right
    not_found,
    already_mapped,
    too_many,
    too_long,
    bad_program, // no file that we can run
    bad_descriptor,
    bad_call, // no such system call
};

} // namespace kernel
