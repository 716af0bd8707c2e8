#include "arch/console_input.hpp"

#include "arch/x86_64/apic.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/serial_registers.hpp"
#include "arch/x86_64/trap.hpp"

namespace arch {

namespace {

constexpr std::uint8_t ISA_LINE = 4;
constexpr std::uint8_t DATA_READY = 1 << 0;
constexpr std::uint8_t INTERRUPT_ON_DATA = 1 << 0;
constexpr std::uint8_t LOOPBACK = 1 << 4;

constinit void (*byte_handler)(char) = nullptr;

// The ISA line is edge-triggered: it must go low, so the device is emptied before the handler returns.
void receive() {
    while ((in8(COM1 + LINE_STATUS) & DATA_READY) != 0)
        byte_handler(static_cast<char>(in8(COM1 + DATA)));
}

} // namespace

void enable_console_input(void (*handler)(char byte)) {
    byte_handler = handler;
    set_interrupt_handler(FIRST_ISA + ISA_LINE, receive);
    io_apic_enable_isa_line(ISA_LINE);
    out8(COM1 + INTERRUPT_ENABLE, INTERRUPT_ON_DATA);
    receive(); // what came before raised its edge when nobody listened
}

void set_console_loopback(bool on) {
    const std::uint8_t control = in8(COM1 + MODEM_CONTROL);
    out8(COM1 + MODEM_CONTROL, on ? control | LOOPBACK : control & ~LOOPBACK);
}

} // namespace arch
