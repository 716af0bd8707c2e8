#pragma once

#include "kernel/event/task.hpp"
#include "kernel/event/wait.hpp"

#include <span>

// What arrives on the console, as something to wait for: the device's interrupt puts bytes into a ring and wakes the
// event that waits for them. An interrupt handler does no more than that; whatever it takes to make sense of the bytes
// is an event's work.
namespace event {

// Bytes that may arrive before anybody reads them; later ones are dropped and counted. There is room for some more
// that end a line, an input or a program.
inline constexpr std::size_t CONSOLE_RING_BYTES = 256;
inline constexpr std::size_t CONSOLE_RING_RESERVE = 16;

// Starts listening. Once, interrupts off.
void console_input_initialise();

// co_await console_byte(): the next byte. Events that wait get theirs in the order they came. A cancelled wait takes no
// byte.
class [[nodiscard]] ConsoleByte final : public Wait {
public:
    ConsoleByte() = default;
    ~ConsoleByte();

    bool await_ready();
    void await_suspend(std::coroutine_handle<>);
    char await_resume();

    bool is_over() const override;
    const char* what() const override { return "console input"; }

    // For the ring: the links, and whom to wake.
    kernel::ListNode node;
    Event* event = nullptr;
};
inline ConsoleByte console_byte() {
    return {};
}

// Fills `buffer` with the next bytes and ends when it is full: a block assembled by an event while others run. The
// buffer must live as long as the task.
Task<void> read_console_block(std::span<char> buffer);

// How many bytes were dropped because the ring was full.
std::size_t dropped_console_bytes();

} // namespace event
