#pragma once

#include "kernel/event/task.hpp"
#include "kernel/lib/error.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

namespace process {

// Waits until the console has input, then takes as many bytes as there are and fit: the number. For an empty buffer 0,
// at once.
event::Task<std::expected<std::uint64_t, kernel::Error>> read_console(std::span<std::byte> buffer);

} // namespace process
