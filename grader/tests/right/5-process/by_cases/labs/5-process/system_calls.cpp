// Lab 5: the system calls that may wait. The contract is kernel/process/system_calls.hpp.

#include "kernel/process/system_calls.hpp"

#include "kernel/lib/log.hpp"
#include "kernel/lib/not_written.hpp"
#include "kernel/process/console.hpp"

#include <algorithm>
#include <array>

namespace process {

// The bytes are copied before there is room for them: while this waits, other processes run, in other address spaces.
event::Task<Result> write(Process* process, std::uint64_t descriptor, UserAddress from, std::uint64_t count) {
    // LAB 5 BEGIN
    const Descriptor* to = process->descriptors.find(descriptor);
    if (to == nullptr || (to->kind() != Descriptor::Kind::console_out && to->kind() != Descriptor::Kind::pipe_writer))
        co_return std::unexpected{kernel::Error::bad_descriptor};
    std::array<std::byte, TRANSFER_BYTES> buffer;
    const auto bytes = std::span{buffer}.first(std::min<std::uint64_t>(count, buffer.size()));
    if (const auto copied = copy_from_user(process->space, bytes, from); !copied)
        co_return std::unexpected{copied.error()};
    if (to->kind() == Descriptor::Kind::console_out) {
        for (const std::byte& byte : bytes)
            kernel::console_write({reinterpret_cast<const char*>(&byte), 1});
        co_return bytes.size();
    }
    const auto written = co_await to->pipe()->write(bytes);
    if (!written)
        co_return std::unexpected{written.error()};
    co_return *written;
    // LAB 5 END
}

// Nothing of the program's memory is looked at before there is something to put there.
event::Task<Result> read(Process* process, std::uint64_t descriptor, UserAddress to, std::uint64_t count) {
    // LAB 5 BEGIN
    const Descriptor* from = process->descriptors.find(descriptor);
    if (from == nullptr ||
        (from->kind() != Descriptor::Kind::console_in && from->kind() != Descriptor::Kind::pipe_reader))
        co_return std::unexpected{kernel::Error::bad_descriptor};
    std::array<std::byte, TRANSFER_BYTES> buffer;
    const auto room = std::span{buffer}.first(std::min<std::uint64_t>(count, buffer.size()));
    Result got{0};
    if (from->pipe() != nullptr)
        got = co_await from->pipe()->read(room);
    else
        got = co_await read_console(room);
    if (!got)
        co_return got;
    if (const auto copied = copy_to_user(process->space, to, room.first(*got)); !copied)
        co_return std::unexpected{copied.error()};
    co_return got;
    // LAB 5 END
}

// The child may end before, while and never after it is waited for; a second wait finds it gone.
event::Task<Result> wait(Process* process, std::uint64_t pid, UserAddress report) {
    // LAB 5 BEGIN
    if (pid > UINT32_MAX || !co_await process->child_end(static_cast<std::uint32_t>(pid)))
        co_return std::unexpected{kernel::Error::not_found};
    Process& child = *process->ended_child(static_cast<std::uint32_t>(pid));
    const std::uint32_t child_pid = child.pid;
    if (number(report) != 0)
        if (const auto copied = copy_object_to_user(process->space, report, *child.status); !copied)
            co_return std::unexpected{copied.error()};
    process->take_child(child);
    co_return child_pid;
    // LAB 5 END
}

} // namespace process
