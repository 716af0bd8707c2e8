#include "kernel/lib/format.hpp"

namespace kernel {

namespace {

// What stands between { and }.
struct Directive {
    bool align_right = false;
    bool prefix = false;
    char pad = ' ';
    std::size_t width = 0;
    bool hexadecimal = false;
};

class Output {
public:
    explicit Output(std::span<char> buffer) : buffer_{buffer} {}

    void put(char character) {
        if (used_ < buffer_.size())
            buffer_[used_++] = character;
    }
    void put(std::string_view text) {
        for (char character : text)
            put(character);
    }
    void fill(char character, std::size_t count) {
        while (count-- > 0)
            put(character);
    }
    std::string_view text() const { return {buffer_.data(), used_}; }

private:
    std::span<char> buffer_;
    std::size_t used_ = 0;
};

Directive parse(std::string_view spec) {
    Directive directive;
    std::size_t at = 0;
    auto next = [&](char character) { return at < spec.size() && spec[at] == character && ++at; };
    directive.align_right = next('>');
    directive.prefix = next('#');
    if (next('0'))
        directive.pad = '0';
    while (at < spec.size() && spec[at] >= '0' && spec[at] <= '9')
        directive.width = directive.width * 10 + static_cast<std::size_t>(spec[at++] - '0');
    directive.hexadecimal = next('x');
    return directive;
}

void put_text(Output& output, const Directive& directive, std::string_view text) {
    const std::size_t padding = directive.width > text.size() ? directive.width - text.size() : 0;
    if (directive.align_right)
        output.fill(' ', padding);
    output.put(text);
    if (!directive.align_right)
        output.fill(' ', padding);
}

void put_number(Output& output, const Directive& directive, std::uint64_t magnitude, bool negative) {
    char digits[24];
    std::size_t first = sizeof digits;
    const std::uint64_t base = directive.hexadecimal ? 16 : 10;
    do {
        digits[--first] = "0123456789abcdef"[magnitude % base];
        magnitude /= base;
    } while (magnitude != 0);
    std::string_view number{digits + first, sizeof digits - first};
    const std::string_view sign = negative ? "-" : directive.prefix ? "0x" : "";
    const std::size_t length = sign.size() + number.size();
    const std::size_t padding = directive.width > length ? directive.width - length : 0;
    if (directive.pad == ' ')
        output.fill(' ', padding);
    output.put(sign);
    if (directive.pad == '0')
        output.fill('0', padding);
    output.put(number);
}

void put_argument(Output& output, Directive directive, const FormatArgument& argument) {
    const std::uint64_t bits = argument.bits();
    switch (argument.kind()) {
    case FormatArgument::Kind::signed_number: {
        const bool negative = static_cast<std::int64_t>(bits) < 0 && !directive.hexadecimal;
        return put_number(output, directive, negative ? 0 - bits : bits, negative);
    }
    case FormatArgument::Kind::unsigned_number:
        return put_number(output, directive, bits, false);
    case FormatArgument::Kind::character: {
        const char character = static_cast<char>(bits);
        return put_text(output, directive, {&character, 1});
    }
    case FormatArgument::Kind::boolean:
        return put_text(output, directive, bits != 0 ? "true" : "false");
    case FormatArgument::Kind::pointer:
        directive.hexadecimal = directive.prefix = true;
        return put_number(output, directive, bits, false);
    case FormatArgument::Kind::text:
        return put_text(output, directive, argument.text());
    }
}

} // namespace

std::string_view format_arguments(std::span<char> buffer, std::string_view format,
                                  std::span<const FormatArgument> arguments) {
    Output output{buffer};
    std::size_t next_argument = 0;
    for (std::size_t at = 0; at < format.size(); ++at) {
        if (format[at] != '{') {
            output.put(format[at]);
            continue;
        }
        if (at + 1 < format.size() && format[at + 1] == '{') {
            output.put('{');
            ++at;
            continue;
        }
        const std::size_t end = format.find('}', at);
        if (end == std::string_view::npos) {
            output.put(format.substr(at));
            break;
        }
        const std::string_view inside = format.substr(at + 1, end - at - 1);
        if (next_argument < arguments.size())
            put_argument(output, parse(inside.starts_with(':') ? inside.substr(1) : inside),
                         arguments[next_argument++]);
        else
            output.put("{?}");
        at = end;
    }
    return output.text();
}

} // namespace kernel
