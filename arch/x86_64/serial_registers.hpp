#pragma once

#include <cstdint>

// The serial ports of a PC and the registers of a 16550A (PC16550D data sheet), as offsets of its port.
namespace arch {

inline constexpr std::uint16_t COM1 = 0x3f8;
inline constexpr std::uint16_t COM2 = 0x2f8;

enum SerialRegister : std::uint16_t {
    DATA = 0,
    INTERRUPT_ENABLE = 1,
    FIFO_CONTROL = 2,
    LINE_CONTROL = 3,
    MODEM_CONTROL = 4,
    LINE_STATUS = 5,
};
inline constexpr std::uint16_t INTERRUPT_IDENTITY = FIFO_CONTROL; // when it is read

// Of the line status.
enum LineStatus : std::uint8_t {
    DATA_READY = 1 << 0,
    TRANSMITTER_EMPTY = 1 << 5, // it takes a byte, or as many as its FIFO has room for
    ALL_SENT = 1 << 6,          // neither FIFO nor shift register has a byte
    NO_PORT = 0xff,             // where there is none, nobody drives the bus
};

} // namespace arch
