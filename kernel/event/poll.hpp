#pragma once

#include <cstdint>

namespace event {

// What polling an event gives: it has ended, or it waits for something.
enum class Poll : std::uint8_t { ready, pending };

} // namespace event
