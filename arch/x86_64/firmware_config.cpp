#include "arch/x86_64/firmware_config.hpp"

#include "arch/x86_64/instructions.hpp"

namespace arch {

namespace {

constexpr std::uint16_t SELECTOR = 0x510;
constexpr std::uint16_t DATA = 0x511;
constexpr std::uint16_t SIGNATURE = 0x00;
constexpr std::uint16_t FILE_DIRECTORY = 0x19;
constexpr std::size_t NAME_BYTES = 56;

void select(std::uint16_t key) {
    out16(SELECTOR, key);
}

template<std::size_t bytes>
std::uint32_t read_big_endian() {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
        value = value << 8 | in8(DATA);
    return value;
}

bool device_present() {
    if (!is_virtual_machine()) // a PC may have a pin's register there
        return false;
    select(SIGNATURE);
    return read_big_endian<4>() == 0x51454d55; // "QEMU"
}

} // namespace

std::string_view firmware_config_read(std::string_view name, std::span<char> buffer) {
    if (!device_present())
        return {};
    select(FILE_DIRECTORY);
    for (std::uint32_t left = read_big_endian<4>(); left > 0; --left) {
        const std::uint32_t bytes = read_big_endian<4>();
        const auto key = static_cast<std::uint16_t>(read_big_endian<2>());
        read_big_endian<2>(); // reserved
        char entry_name[NAME_BYTES];
        for (char& letter : entry_name)
            letter = static_cast<char>(in8(DATA));
        if (!std::string_view{entry_name, NAME_BYTES}.starts_with(name) || entry_name[name.size()] != '\0')
            continue;
        select(key);
        const std::size_t count = bytes < buffer.size() ? bytes : buffer.size();
        for (std::size_t i = 0; i < count; ++i)
            buffer[i] = static_cast<char>(in8(DATA));
        return {buffer.data(), count};
    }
    return {};
}

} // namespace arch
