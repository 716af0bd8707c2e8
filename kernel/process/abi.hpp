#pragma once

#include <cstdint>

// What ring 3 and the kernel agree on. The one header of the kernel that user programs include; it includes nothing of
// the kernel.
//
// A system call is the instruction `syscall` with its number in rax and its arguments in rdi, rsi, rdx, r10, r8, r9.
// rax gives the result, or an ErrorNumber negated. rcx and r11 are lost, all other registers are kept.
namespace process::abi {

enum class SystemCall : std::uint64_t {
    exit,      // (code)
    write,     // (descriptor, bytes, byte count): how many were written; waits while a pipe is full
    read,      // (descriptor, buffer, byte count): how many were read, 0 at the end; waits for the first
    yield,     // ()
    nanosleep, // (nanoseconds)
    getpid,    // ()
    spawn,     // (name, arguments, input, output): the pid; arguments: array of C strings that ends with null, or null
    wait,      // (pid or 0 for any child, where to put an ExitReport or null): the pid of the child that ended
    pipe,      // (where to put two uint32_t): the descriptors to read and to write
    close,     // (descriptor)
    map,       // (bytes, MapAccess): the address of fresh pages
    unmap,     // (address, bytes)
    clock,     // (): nanoseconds since the kernel began
    // Beyond the lab:
    fork,         // (): the pid of a child that is a copy of the caller, and 0 in that child
    exec,         // (name, arguments): runs another program in place of this one; returns only with an error
    kill,         // (pid): ends that process, whosever it is
    processes,    // (where to put ProcessReports, how many fit): how many processes there are
    console_mode, // (ConsoleMode)
    foreground,   // (array of uint32_t pids, count): whom Ctrl-C kills; replaces those before; count 0: nobody
    shutdown,     // (SHUTDOWN_KEY): turns the machine off
};

enum class ErrorNumber : std::int64_t {
    bad_call = 1, // no such system call
    bad_address,  // not mapped, or not for this
    bad_argument,
    out_of_memory,
    not_found, // no such program, process or child
    closed,    // nobody reads the pipe any more
    bad_descriptor,
    too_many, // descriptors, or regions
    too_long, // a string, or all arguments together
    bad_program,
    already_mapped,
};

enum class MapAccess : std::uint64_t { read, read_write };

inline constexpr unsigned DESCRIPTOR_COUNT = 16;
inline constexpr std::uint32_t INPUT = 0;
inline constexpr std::uint32_t OUTPUT = 1;

// How a process ended.
struct ExitReport {
    enum class Reason : std::uint16_t { exited, faulted, killed };
    std::int32_t code; // exited: what it gave to exit
    Reason reason;
    std::uint16_t vector; // faulted: the processor's exception
};

// What `processes` says of one process.
struct ProcessReport {
    enum class State : std::uint32_t { ready, waiting, ended };
    std::uint32_t pid;
    std::uint32_t parent; // 0: none
    State state;
    std::uint32_t polls; // how often it had its turn
    std::uint64_t system_calls;
    std::uint64_t user_nanoseconds; // in ring 3, and in calls that do not wait
    std::uint64_t bytes;            // of memory, page tables included; what is shared counts in each process
    char name[32];                  // ends with a zero, like the next one
    char waits_for[32];
};

// How bytes of the console come to whoever reads: as they arrive, or line by line, shown as they are typed, with
// backspace, Ctrl-U (drops the line) and Ctrl-D (ends the input, or hands over what there is of the line). A byte that
// a long line has no room for rings the bell.
enum class ConsoleMode : std::uint64_t { raw, line };
inline constexpr std::uint64_t FOREGROUND_COUNT = 16; // the most that may be

inline constexpr std::uint64_t SHUTDOWN_KEY = 0x706f'6c6c'7578'6f66; // so that no stray call does it

} // namespace process::abi
