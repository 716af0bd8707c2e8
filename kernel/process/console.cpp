#include "kernel/process/console.hpp"

#include "kernel/event/console_input.hpp"

namespace process {

event::Task<std::expected<std::uint64_t, kernel::Error>> read_console(std::span<std::byte> buffer) {
    std::uint64_t count = 0;
    while (count < buffer.size()) {
        event::ConsoleByte next;
        if (count > 0 && !next.await_ready())
            break;
        buffer[count++] = static_cast<std::byte>(co_await next);
    }
    co_return count;
}

} // namespace process
