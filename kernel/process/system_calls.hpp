#pragma once

#include "arch/x86_64/user_mode.hpp"
#include "kernel/event/task.hpp"
#include "kernel/process/abi.hpp"
#include "kernel/process/error_number.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/user_memory.hpp"

#include <cstdint>
#include <expected>

// System calls. Numbers and arguments are those of abi.hpp; whatever arguments a program gives, the worst that happens
// is an error for it.
namespace process {

// What a call gives the program, or why not.
using Result = std::expected<std::uint64_t, kernel::Error>;

// The calls that may wait, as tasks: awaited by the process's own event. Implemented by the student:
// labs/5-process/system_calls.cpp. Bytes cross between ring 3 and the kernel by the functions of user_memory.hpp only.

// At most this many bytes are moved by one call; its result says how many were.
inline constexpr std::size_t TRANSFER_BYTES = PIPE_BYTES;

// Writes `count` bytes from `from`, or the first TRANSFER_BYTES of them, to the descriptor, and gives the number. To a
// pipe they go together (Pipe::write), once there is room; to the console at once. The first of these that fits:
// bad_descriptor when there is no such descriptor or it cannot be written to; bad_address: nothing was written then;
// closed.
event::Task<Result> write(Process* process, std::uint64_t descriptor, UserAddress from, std::uint64_t count);

// Reads at most `count` bytes, and at most TRANSFER_BYTES, to `to`, and gives the number: as soon as there are any
// (Pipe::read, read_console), 0 at the end of a pipe or for count 0. bad_descriptor, before anything else; bad_address:
// the bytes are lost then.
event::Task<Result> read(Process* process, std::uint64_t descriptor, UserAddress to, std::uint64_t count);

// Waits until the child `pid`, or with 0 any child, has ended, puts its ExitReport at `report` unless that is address
// 0, and takes the child: its pid. not_found when there is no such child (any more); bad_address: the child was not
// taken then, and may be waited for again.
event::Task<Result> wait(Process* process, std::uint64_t pid, UserAddress report);

// Given; quick_call in kernel/process/calls.cpp:

// The number of the call that a process has made (Trap::Kind::system_call), from its registers; and its arguments.
inline abi::SystemCall call_number(const Process& process) {
    return static_cast<abi::SystemCall>(process.context.rax);
}
struct Arguments {
    std::uint64_t first, second, third, fourth;
};
inline Arguments call_arguments(const Process& process) {
    const arch::UserContext& context = process.context;
    return {context.rdi, context.rsi, context.rdx, context.r10};
}

// Whether this call is more than a plain function: it waits or may wait (write, read, wait, nanosleep), or ends the
// turn (yield, exit).
constexpr bool may_end_turn(abi::SystemCall number) {
    using enum abi::SystemCall;
    return number == exit || number == yield || number == write || number == read || number == wait ||
           number == nanosleep;
}

// Does any other call, for the process that has made it: a plain function that waits for nothing.
Result quick_call(Process& process);

// What goes into rax: the value, or the ErrorNumber negated.
inline std::uint64_t to_register(const Result& result) {
    return result ? *result : refusal(result.error());
}

} // namespace process
