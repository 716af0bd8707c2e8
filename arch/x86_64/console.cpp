#include "arch/x86_64/console.hpp"

#include "arch/interrupts.hpp"
#include "arch/lock.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/serial_registers.hpp"
#include "kernel/lib/machine.hpp"

// The two serial ports, as 16550A (PC16550D data sheet). Writing polls: a report must come out whatever state the
// kernel is in.
namespace arch {

namespace {

constexpr std::uint8_t TRANSMITTER_EMPTY = 1 << 5;
constexpr std::uint8_t DIVISOR_LATCH = 1 << 7;

// No port answers with all ones, and its status would never say "empty".
bool is_present(std::uint16_t port) {
    return in8(port + LINE_STATUS) != 0xff;
}

void initialise_port(std::uint16_t port) {
    out8(port + INTERRUPT_ENABLE, 0);
    out8(port + LINE_CONTROL, DIVISOR_LATCH);
    out8(port + DATA, 1); // 115,200 baud
    out8(port + INTERRUPT_ENABLE, 0);
    out8(port + LINE_CONTROL, 0x03);  // 8 bits, no parity, 1 stop bit
    out8(port + FIFO_CONTROL, 0x07);  // on, both cleared, interrupt at one byte
    out8(port + MODEM_CONTROL, 0x0b); // DTR, RTS, OUT2 (lets interrupts through)
}

void write_byte(std::uint16_t port, char byte) {
    while ((in8(port + LINE_STATUS) & TRANSMITTER_EMPTY) == 0) {
    }
    out8(port + DATA, static_cast<std::uint8_t>(byte));
}

constinit bool has_console = false;
constinit bool has_results = false;
constinit bool has_one_writer = false;
constinit Lock line; // held while one is written, so that those of two cores are not mixed

// To a port, whole. `newline` is what goes out before a newline.
void write(std::uint16_t port, std::string_view text, std::string_view newline) {
    for (char byte : text) {
        if (byte == '\n')
            for (char each : newline)
                write_byte(port, each);
        write_byte(port, byte);
    }
}

void write_alone(std::uint16_t port, std::string_view text, std::string_view newline = {}) {
    if (has_one_writer) {
        const InterruptGuard guard;
        write(port, text, newline);
    } else {
        const LockGuard guard{line};
        write(port, text, newline);
    }
}

} // namespace

void console_initialise() {
    has_console = is_present(COM1);
    has_results = is_present(COM2);
    initialise_port(COM1);
    initialise_port(COM2);
}

void console_take_from_others() {
    has_one_writer = true;
}

} // namespace arch

void kernel::console_write(std::string_view text) {
    if (arch::has_console)
        arch::write_alone(arch::COM1, text, "\r");
}

void kernel::results_write(std::string_view text) {
    if (arch::has_results)
        arch::write_alone(arch::COM2, text);
}
