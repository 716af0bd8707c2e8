#include "arch/console_input.hpp"

#include "arch/x86_64/apic.hpp"
#include "arch/x86_64/console.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/serial_registers.hpp"
#include "arch/x86_64/trap.hpp"

namespace arch {

namespace {

constexpr std::uint8_t ISA_LINE = 4;
constexpr std::uint8_t INTERRUPT_ON_DATA = 1 << 0;
constexpr std::uint8_t LOOPBACK = 1 << 4;

constinit void (*byte_handler)(char) = nullptr;

// The ISA line is edge-triggered: it must go low, so the device is emptied before the handler returns. One that was
// taken away says that it is always ready.
void receive() {
    for (;;) {
        const std::uint8_t status = in8(COM1 + LINE_STATUS);
        if (status == NO_PORT || (status & DATA_READY) == 0)
            return;
        byte_handler(static_cast<char>(in8(COM1 + DATA)));
    }
}

// QEMU's multiplexer (-serial mon:stdio) keeps what it could not hand over until somebody reads, though there is
// nothing to be read; a byte that comes between the two looks is no zero.
void ask_multiplexer() {
    if (const std::uint8_t byte = in8(COM1 + DATA); byte != 0)
        byte_handler(static_cast<char>(byte));
}

} // namespace

void enable_console_input(void (*handler)(char byte)) {
    if (in8(COM1 + LINE_STATUS) == NO_PORT)
        return;
    byte_handler = handler;
    for (const char byte : console_early_bytes())
        handler(byte);
    set_interrupt_handler(FIRST_ISA + ISA_LINE, receive);
    io_apic_enable_isa_line(ISA_LINE);
    out8(COM1 + INTERRUPT_ENABLE, INTERRUPT_ON_DATA);
    receive(); // what came before raised its edge when nobody listened
    if (is_virtual_machine())
        ask_multiplexer();
}

// What is on its way goes where it was sent.
void set_console_loopback(bool on) {
    while ((in8(COM1 + LINE_STATUS) & ALL_SENT) == 0) {
    }
    const std::uint8_t control = in8(COM1 + MODEM_CONTROL);
    out8(COM1 + MODEM_CONTROL, on ? control | LOOPBACK : control & ~LOOPBACK);
}

} // namespace arch
