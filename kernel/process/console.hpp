#pragma once

#include "kernel/event/task.hpp"
#include "kernel/lib/error.hpp"
#include "kernel/process/abi.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

// The console as processes see it. Once it is started an event of its own takes every byte that arrives, at once: it
// edits lines and shows what is typed (abi::ConsoleMode), and Ctrl-C reaches the foreground though nobody reads. Before
// that, and in tests, bytes go to whoever reads as they come.
namespace process {

// Starts it, in line mode, with nobody in the foreground. Once. out_of_memory.
std::expected<void, kernel::Error> console_start();

// Ends its event, and forgets what was typed.
void console_stop();

// From raw to line what nobody has read yet is edited as if it were typed now. In raw mode a read ends behind the end
// of a line, so that what is typed ahead goes to whoever reads next.
void set_console_mode(abi::ConsoleMode mode);

// Whom Ctrl-C kills (kill in more_calls.hpp), at most abi::FOREGROUND_COUNT; those that have ended by then are passed
// over. With nobody there Ctrl-C is a byte like others in raw mode, and drops the line in line mode.
void set_foreground(std::span<const std::uint32_t> pids);

// Waits until the console has input, then takes as many bytes as there are and fit: the number. 0 where the input was
// ended, and at once for an empty buffer. A cancelled one takes nothing.
event::Task<std::expected<std::uint64_t, kernel::Error>> read_console(std::span<std::byte> buffer);

} // namespace process
