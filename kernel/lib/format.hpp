#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

// Text from values, without a heap: format(buffer, "{} of {:#x}", 3, address).
//
// A directive is {} or {:spec}; spec is [>][#][0][width][x]: > aligns to the right, # writes 0x before hexadecimal, 0
// pads with zeros, x is hexadecimal. A pointer is always hexadecimal with 0x. {{ is a brace. A directive without its
// value prints "{?}".
namespace kernel {

// One value of a call, its type erased.
class FormatArgument {
public:
    enum class Kind : std::uint8_t { signed_number, unsigned_number, character, boolean, pointer, text };

    template<std::signed_integral T>
    FormatArgument(T value)
        : kind_{Kind::signed_number}, bits_{static_cast<std::uint64_t>(static_cast<std::int64_t>(value))} {}
    template<std::unsigned_integral T>
    FormatArgument(T value) : kind_{Kind::unsigned_number}, bits_{value} {}
    template<typename T>
        requires std::is_enum_v<T>
    FormatArgument(T value) : kind_{Kind::unsigned_number}, bits_{static_cast<std::uint64_t>(value)} {}
    FormatArgument(char value) : kind_{Kind::character}, bits_{static_cast<unsigned char>(value)} {}
    FormatArgument(bool value) : kind_{Kind::boolean}, bits_{value} {}
    FormatArgument(const void* value) : kind_{Kind::pointer}, bits_{reinterpret_cast<std::uintptr_t>(value)} {}
    FormatArgument(const char* value) : FormatArgument{std::string_view{value}} {}
    FormatArgument(std::string_view value)
        : kind_{Kind::text}, bits_{reinterpret_cast<std::uintptr_t>(value.data())}, length_{value.size()} {}

    Kind kind() const { return kind_; }
    std::uint64_t bits() const { return bits_; }
    std::string_view text() const { return {reinterpret_cast<const char*>(bits_), length_}; }

private:
    Kind kind_;
    std::uint64_t bits_;
    std::size_t length_ = 0;
};

// Writes into `buffer` what fits and returns it; what does not fit is cut off. Any context.
std::string_view format_arguments(std::span<char> buffer, std::string_view format,
                                  std::span<const FormatArgument> arguments);

template<typename... T>
std::string_view format(std::span<char> buffer, std::string_view format, const T&... values) {
    const FormatArgument arguments[] = {FormatArgument{values}..., FormatArgument{false}};
    return format_arguments(buffer, format, {arguments, sizeof...(T)});
}

} // namespace kernel
