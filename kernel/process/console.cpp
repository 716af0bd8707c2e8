#include "kernel/process/console.hpp"

#include "kernel/event/console_input.hpp"
#include "kernel/event/spawner.hpp"
#include "kernel/lib/machine.hpp"
#include "kernel/process/more_calls.hpp"
#include "kernel/sync/wait_queue.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace process {

namespace {

constexpr char CONTROL_C = 3, CONTROL_D = 4, BACKSPACE = 8, CONTROL_U = 21, DELETE = 127;
constexpr std::size_t LINE_BYTES = 256;
constexpr std::size_t INPUT_BYTES = 1024;
constexpr std::size_t INPUT_RESERVE = 16;     // for what ends a line or the input
constexpr std::uint16_t END_OF_INPUT = 0x100; // among the bytes

// What may be read: written by the console's event, read by those of processes. Never by a handler.
class Input {
public:
    // What does not fit is dropped, as a serial line does; but lines do not become one.
    void put(std::uint16_t byte) {
        const bool ends_something = byte == '\n' || byte == '\r' || byte == END_OF_INPUT;
        if (count_ >= (ends_something ? ring_.size() : INPUT_BYTES))
            return;
        ring_[(first_ + count_++) % ring_.size()] = byte;
        arch::InterruptGuard guard;
        readers.grant_first();
    }

    // Takes what there is, up to an end of input, which is taken alone: 0 bytes. The next reader in line gets the rest.
    // `to_return`: and no further than the end of a line. That key may begin a program, and what follows is the
    // program's.
    std::size_t take(std::span<std::byte> buffer, bool to_return) {
        std::size_t taken = 0;
        while (taken < buffer.size() && count_ > 0 && ring_[first_] != END_OF_INPUT) {
            const std::uint16_t byte = pop();
            buffer[taken++] = static_cast<std::byte>(byte);
            if (to_return && (byte == '\r' || byte == '\n'))
                break;
        }
        if (taken == 0)
            pop();
        arch::InterruptGuard guard;
        if (count_ > 0)
            readers.grant_first();
        return taken;
    }

    bool is_empty() const { return count_ == 0; }
    std::size_t count() const { return count_; }
    void clear() { count_ = 0; }

    std::uint16_t pop() {
        const std::uint16_t byte = ring_[first_];
        first_ = (first_ + 1) % ring_.size();
        --count_;
        return byte;
    }

    sync::WaitQueue readers;

private:
    std::array<std::uint16_t, INPUT_BYTES + INPUT_RESERVE> ring_{};
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

[[clang::no_destroy]] constinit Input input; // the machine is turned off, the kernel never ends
constinit event::Event* own_event = nullptr; // null: not started
constinit abi::ConsoleMode mode = abi::ConsoleMode::line;
constinit std::array<char, LINE_BYTES> line{};
constinit std::size_t line_bytes = 0;
constinit std::array<std::uint32_t, abi::FOREGROUND_COUNT> foreground{};
constinit std::size_t foreground_count = 0;

// co_await: until the input has something. Who is woken for nothing, since another took it, waits again.
class InputReady final : public sync::Waiter {
public:
    ~InputReady() {
        arch::InterruptGuard guard;
        if (leave_line() && !input.is_empty())
            input.readers.grant_first();
    }
    bool await_ready() const { return !input.is_empty(); }
    void await_suspend(std::coroutine_handle<>) {
        arch::InterruptGuard guard;
        input.readers.wait(*this);
    }
    void await_resume() { resume(); }
    const char* what() const override { return "console"; }
};

void hand_over_line() {
    for (std::size_t i = 0; i < line_bytes; ++i)
        input.put(static_cast<unsigned char>(line[i]));
    line_bytes = 0;
}

// Of UTF-8, whose characters are shown in one column, however many bytes they have.
bool continues_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

void erase_character() {
    while (line_bytes > 1 && continues_character(line[line_bytes - 1]))
        --line_bytes;
    --line_bytes;
    kernel::console_write("\b \b");
}

void edit_line(char byte) {
    switch (byte) {
    case CONTROL_C:
        line_bytes = 0;
        kernel::console_write("^C\n");
        return;
    case CONTROL_D:
        if (line_bytes == 0)
            input.put(END_OF_INPUT);
        else
            hand_over_line();
        return;
    case BACKSPACE:
    case DELETE:
        if (line_bytes > 0)
            erase_character();
        return;
    case CONTROL_U:
        while (line_bytes > 0)
            erase_character();
        return;
    case '\r':
    case '\n':
        kernel::console_write("\n");
        hand_over_line();
        input.put('\n');
        return;
    default:
        if (static_cast<unsigned char>(byte) < ' ')
            return;
        if (line_bytes == LINE_BYTES)
            return kernel::console_write("\a");
        line[line_bytes++] = byte;
        kernel::console_write({&byte, 1});
    }
}

// Whether there was somebody to kill.
bool kill_foreground() {
    bool any = false;
    for (std::size_t i = 0; i < foreground_count; ++i)
        if (Process* target = find(foreground[i]); target != nullptr && !target->has_ended()) {
            kill(*target);
            any = true;
        }
    foreground_count = 0;
    return any;
}

event::Task<> take_input() {
    for (;;) {
        const char byte = co_await event::console_byte();
        if (byte == CONTROL_C && kill_foreground()) {
            line_bytes = 0;
            kernel::console_write("^C\n");
        } else if (mode == abi::ConsoleMode::line) {
            edit_line(byte);
        } else {
            input.put(static_cast<unsigned char>(byte));
        }
    }
}

} // namespace

std::expected<void, kernel::Error> console_start() {
    auto handle = event::spawn(take_input(), event::Priority::high);
    if (!handle)
        return std::unexpected{handle.error()};
    own_event = handle->get();
    own_event->retain();
    mode = abi::ConsoleMode::line;
    foreground_count = 0;
    return {};
}

void console_stop() {
    event::cancel(*own_event);
    std::exchange(own_event, nullptr)->release();
    input.clear();
    line_bytes = 0;
}

// A line that was begun is not lost. What was typed before lines are edited, and nobody has read, is edited now: it was
// meant for the one who reads lines.
void set_console_mode(abi::ConsoleMode next) {
    const bool begins_lines = mode == abi::ConsoleMode::raw && next == abi::ConsoleMode::line;
    mode = next;
    if (mode == abi::ConsoleMode::raw)
        hand_over_line();
    if (!begins_lines)
        return;
    for (std::size_t left = input.count(); left > 0; --left) {
        const std::uint16_t typed = input.pop();
        if (typed == END_OF_INPUT)
            input.put(typed);
        else
            edit_line(static_cast<char>(typed));
    }
}

void set_foreground(std::span<const std::uint32_t> pids) {
    foreground_count = pids.size();
    std::ranges::copy(pids, foreground.begin());
}

event::Task<std::expected<std::uint64_t, kernel::Error>> read_console(std::span<std::byte> buffer) {
    if (buffer.empty())
        co_return 0;
    if (own_event != nullptr) {
        while (input.is_empty())
            co_await InputReady{};
        co_return input.take(buffer, mode == abi::ConsoleMode::raw);
    }
    std::uint64_t count = 0;
    while (count < buffer.size()) {
        event::ConsoleByte next;
        if (count > 0 && !next.await_ready())
            break;
        buffer[count++] = static_cast<std::byte>(co_await std::move(next));
    }
    co_return count;
}

} // namespace process
