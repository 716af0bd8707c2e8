#pragma once

#include "kernel/process/abi.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// What a program in ring 3 has: one function a system call (kernel/process/abi.hpp says what each does), and a little
// text. A result below zero is an ErrorNumber negated.
namespace user {

using process::abi::ConsoleMode;
using process::abi::ErrorNumber;
using process::abi::ExitReport;
using process::abi::INPUT;
using process::abi::MapAccess;
using process::abi::OUTPUT;
using process::abi::ProcessReport;
using process::abi::SystemCall;

// The bare instruction: calls.asm.
extern "C" std::int64_t system_call(SystemCall number, std::uint64_t first = 0, std::uint64_t second = 0,
                                    std::uint64_t third = 0, std::uint64_t fourth = 0);

inline std::uint64_t to_word(const void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer);
}
constexpr std::int64_t failed(ErrorNumber error) {
    return -static_cast<std::int64_t>(error);
}

[[noreturn]] void exit(std::int32_t code);
inline std::int64_t write(std::uint32_t descriptor, const void* bytes, std::size_t count) {
    return system_call(SystemCall::write, descriptor, to_word(bytes), count);
}
inline std::int64_t read(std::uint32_t descriptor, void* buffer, std::size_t count) {
    return system_call(SystemCall::read, descriptor, to_word(buffer), count);
}
inline void yield() {
    system_call(SystemCall::yield);
}
inline std::int64_t nanosleep(std::uint64_t nanoseconds) {
    return system_call(SystemCall::nanosleep, nanoseconds);
}
inline std::uint32_t getpid() {
    return static_cast<std::uint32_t>(system_call(SystemCall::getpid));
}
// `arguments` ends with a null pointer, and does not repeat the name.
inline std::int64_t spawn(const char* name, const char* const* arguments = nullptr, std::uint32_t input = INPUT,
                          std::uint32_t output = OUTPUT) {
    return system_call(SystemCall::spawn, to_word(name), to_word(arguments), input, output);
}
inline std::int64_t wait(std::uint32_t child, ExitReport* report = nullptr) {
    return system_call(SystemCall::wait, child, to_word(report));
}
struct PipeEnds {
    std::uint32_t reader = 0;
    std::uint32_t writer = 0;
};
inline std::int64_t pipe(PipeEnds* ends) {
    return system_call(SystemCall::pipe, to_word(ends));
}
inline std::int64_t close(std::uint32_t descriptor) {
    return system_call(SystemCall::close, descriptor);
}
inline std::int64_t map(std::size_t bytes, MapAccess access = MapAccess::read_write) {
    return system_call(SystemCall::map, bytes, static_cast<std::uint64_t>(access));
}
inline std::int64_t unmap(const void* address, std::size_t bytes) {
    return system_call(SystemCall::unmap, to_word(address), bytes);
}
inline std::uint64_t clock() {
    return static_cast<std::uint64_t>(system_call(SystemCall::clock));
}

// Beyond the lab.
inline std::int64_t fork() {
    return system_call(SystemCall::fork);
}
inline std::int64_t exec(const char* name, const char* const* arguments = nullptr) {
    return system_call(SystemCall::exec, to_word(name), to_word(arguments));
}
inline std::int64_t kill(std::uint32_t pid) {
    return system_call(SystemCall::kill, pid);
}
// How many there are, though no more than fit are reported.
inline std::int64_t processes(std::span<ProcessReport> reports) {
    return system_call(SystemCall::processes, to_word(reports.data()), reports.size());
}
inline std::int64_t console_mode(ConsoleMode mode) {
    return system_call(SystemCall::console_mode, static_cast<std::uint64_t>(mode));
}
inline std::int64_t foreground(std::span<const std::uint32_t> pids) {
    return system_call(SystemCall::foreground, to_word(pids.data()), pids.size());
}
inline std::int64_t shutdown() {
    return system_call(SystemCall::shutdown, process::abi::SHUTDOWN_KEY);
}

// Writes all of it, in as many calls as it takes; false when that cannot be.
bool write_all(std::uint32_t descriptor, std::string_view text);
inline bool print(std::string_view text) {
    return write_all(OUTPUT, text);
}

// The whole text as a decimal number; `otherwise` when it is none.
std::uint64_t read_number(std::string_view text, std::uint64_t otherwise);

} // namespace user

// Every program has one. What it returns is the exit code.
extern "C" int main(int argument_count, char** arguments);
