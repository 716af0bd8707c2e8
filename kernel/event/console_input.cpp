#include "kernel/event/console_input.hpp"

#include "arch/console_input.hpp"
#include "arch/interrupts.hpp"
#include "kernel/event/waker.hpp"

namespace event {

namespace {

// Written by the handler at `end`, read by events at `begin`, both counted without wrapping; always with interrupts
// off.
constexpr std::size_t RING_BYTES = CONSOLE_RING_BYTES + CONSOLE_RING_RESERVE;
constinit char ring[RING_BYTES];
constinit std::size_t begin = 0;
constinit std::size_t end = 0;
constinit std::size_t dropped = 0;
constinit kernel::List<ConsoleByte, &ConsoleByte::node> waiting;

void wake_first() {
    if (ConsoleByte* first = waiting.front(); first != nullptr && begin != end)
        wake(*first->event);
}

// Without these two lines would become one, or an input never end.
bool ends_something(char byte) {
    constexpr char CONTROL_C = 3, CONTROL_D = 4;
    return byte == '\n' || byte == '\r' || byte == CONTROL_C || byte == CONTROL_D;
}

void receive(char byte) {
    if (end - begin >= (ends_something(byte) ? RING_BYTES : CONSOLE_RING_BYTES)) {
        ++dropped;
        return;
    }
    ring[end++ % RING_BYTES] = byte;
    wake_first();
}

} // namespace

void console_input_initialise() {
    arch::enable_console_input(receive);
}

std::size_t dropped_console_bytes() {
    return dropped;
}

// One who comes while others wait gets in line, though there may be a byte: it is somebody else's.
bool ConsoleByte::await_ready() {
    arch::InterruptGuard guard;
    return begin != end && waiting.is_empty();
}

void ConsoleByte::await_suspend(std::coroutine_handle<>) {
    event = current();
    event->wait = this;
    arch::InterruptGuard guard;
    waiting.push_back(*this);
    wake_first(); // a byte that came after the look above
}

bool ConsoleByte::is_over() const {
    arch::InterruptGuard guard;
    return begin != end && waiting.front() == this;
}

char ConsoleByte::await_resume() {
    arch::InterruptGuard guard;
    if (node.is_linked()) {
        node.unlink();
        event->wait = nullptr;
    }
    const char byte = ring[begin++ % RING_BYTES];
    wake_first();
    return byte;
}

// Cancelled: the byte that it was woken for is the next one's.
ConsoleByte::~ConsoleByte() {
    arch::InterruptGuard guard;
    if (!node.is_linked())
        return;
    node.unlink();
    wake_first();
}

Task<void> read_console_block(std::span<char> buffer) {
    for (char& byte : buffer)
        byte = co_await console_byte();
}

} // namespace event
