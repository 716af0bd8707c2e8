#include "arch/x86_64/console.hpp"

#include "arch/interrupts.hpp"
#include "arch/lock.hpp"
#include "arch/x86_64/core.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/serial_registers.hpp"
#include "kernel/lib/machine.hpp"

// The two serial ports, as 16550A (PC16550D data sheet). Writing polls: a report must come out whatever state the
// kernel is in.
namespace arch {

namespace {

constexpr std::uint8_t DIVISOR_LATCH = 1 << 7;

bool is_present(std::uint16_t port) {
    return in8(port + LINE_STATUS) != NO_PORT;
}

constinit char early[256];
constinit std::size_t early_count = 0;

// Takes what has arrived, and what follows on its heels: where input is piped in, an emulator hands over the next byte
// when the last was read. Whether it ended; a FIFO that is turned on before that forgets a byte.
bool take_early_bytes() {
    constexpr unsigned PATIENCE = 5000; // looks: milliseconds
    for (unsigned looks = 0; early_count < sizeof early;) {
        if ((in8(COM1 + LINE_STATUS) & DATA_READY) != 0) {
            early[early_count++] = static_cast<char>(in8(COM1 + DATA));
            looks = 0;
        } else if (early_count == 0 || ++looks == PATIENCE) {
            return true;
        }
    }
    return false;
}

enum class Fifo : bool { off, on };

void initialise_port(std::uint16_t port, Fifo fifo) {
    out8(port + INTERRUPT_ENABLE, 0);
    out8(port + LINE_CONTROL, DIVISOR_LATCH);
    out8(port + DATA, 1); // 115,200 baud
    out8(port + INTERRUPT_ENABLE, 0);
    out8(port + LINE_CONTROL, 0x03); // 8 bits, no parity, 1 stop bit
    if (fifo == Fifo::on)
        out8(port + FIFO_CONTROL, 0x07); // on, both cleared, interrupt at one byte
    out8(port + MODEM_CONTROL, 0x0b);    // DTR, RTS, OUT2 (lets interrupts through)
}

void wait_for_transmitter(std::uint16_t port) {
    while ((in8(port + LINE_STATUS) & TRANSMITTER_EMPTY) == 0) {
    }
}

void write_byte(std::uint16_t port, char byte) {
    wait_for_transmitter(port);
    out8(port + DATA, static_cast<std::uint8_t>(byte));
}

// How many bytes an empty transmitter takes.
std::size_t transmitter_room(std::uint16_t port) {
    constexpr std::uint8_t FIFO_WORKS = 3 << 6; // an 8250 has none, and a 16550 without A a bad one
    return (in8(port + INTERRUPT_IDENTITY) & FIFO_WORKS) == FIFO_WORKS ? 16 : 1;
}

constinit bool has_console = false;
constinit bool has_results = false;
constinit std::size_t console_room = 1;
constinit bool has_one_writer = false;
constinit Lock line; // held while one is written, so that those of two cores are not mixed

// To a port, whole.
void write(std::uint16_t port, std::string_view text) {
    for (char byte : text)
        write_byte(port, byte);
}

// The console's text as it goes out, a byte at a time: before a newline comes a return.
class ConsoleText {
public:
    explicit ConsoleText(std::string_view text) : left_{text} {}

    bool is_over() const { return left_.empty(); }
    char next() {
        const bool is_return = left_.front() == '\n' && return_is_due_;
        return_is_due_ = !is_return;
        if (is_return)
            return '\r';
        const char byte = left_.front();
        left_.remove_prefix(1);
        return byte;
    }

private:
    std::string_view left_;
    bool return_is_due_ = true; // before the next newline
};

// As much as the device takes at once, if it takes any.
void write_some(ConsoleText& text) {
    if ((in8(COM1 + LINE_STATUS) & TRANSMITTER_EMPTY) == 0)
        return;
    for (std::size_t room = console_room; room > 0 && !text.is_over(); --room)
        out8(COM1 + DATA, static_cast<std::uint8_t>(text.next()));
}

// At 115,200 baud a line takes milliseconds: interrupts are off for no longer than the device takes bytes.
void write_between_interrupts(std::string_view words) {
    for (ConsoleText text{words}; !text.is_over();) {
        wait_for_transmitter(COM1);
        const InterruptGuard guard; // a handler may have written before it
        write_some(text);
    }
}

// Of several cores: one has the port for a line.
void write_lines(std::string_view words) {
    while (!words.empty()) {
        const std::size_t end = words.find('\n');
        const std::string_view first = words.substr(0, end == words.npos ? end : end + 1);
        words.remove_prefix(first.size());
        const LockGuard guard{line};
        for (ConsoleText text{first}; !text.is_over();)
            write_some(text);
    }
}

} // namespace

void console_initialise() {
    has_console = is_present(COM1);
    has_results = is_present(COM2);
    initialise_port(COM1, has_console && !take_early_bytes() ? Fifo::off : Fifo::on);
    initialise_port(COM2, Fifo::on);
    console_room = transmitter_room(COM1);
}

std::span<const char> console_early_bytes() {
    return {early, early_count};
}

void console_take_from_others() {
    has_one_writer = true;
}

} // namespace arch

void kernel::console_write(std::string_view text) {
    if (!arch::has_console)
        return;
    if (arch::has_one_writer || arch::running_cores.load(std::memory_order_relaxed) == 1)
        arch::write_between_interrupts(text);
    else
        arch::write_lines(text);
}

void kernel::results_write(std::string_view text) {
    if (!arch::has_results)
        return;
    if (arch::has_one_writer) {
        const arch::InterruptGuard guard;
        arch::write(arch::COM2, text);
    } else {
        const arch::LockGuard guard{arch::line};
        arch::write(arch::COM2, text);
    }
}
