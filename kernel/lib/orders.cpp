#include "kernel/lib/orders.hpp"

namespace kernel {

namespace {

// A decimal number and nothing else.
bool read_number(std::string_view text, std::uint64_t& result) {
    std::uint64_t value = 0;
    for (char digit : text) {
        if (digit < '0' || digit > '9' || value > (UINT64_MAX - 9) / 10)
            return false;
        value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    result = value;
    return !text.empty();
}

bool read_small_number(std::string_view text, unsigned greatest, unsigned& result) {
    std::uint64_t value = 0;
    if (!read_number(text, value) || value > greatest)
        return false;
    result = static_cast<unsigned>(value);
    return true;
}

bool read_word(Orders& orders, std::string_view word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos)
        return false;
    const std::string_view name = word.substr(0, equals);
    const std::string_view value = word.substr(equals + 1);
    if (name == "test") {
        if (value.empty() || orders.test_count == MAXIMUM_ORDERED_TESTS)
            return false;
        orders.tests[orders.test_count++] = value;
        return true;
    }
    if (name == "seed")
        return read_number(value, orders.seed);
    if (name == "heap")
        return read_number(value, orders.heap_mebibytes) && orders.heap_mebibytes < (1 << 20);
    if (name == "core")
        return read_small_number(value, 255, orders.core);
    if (name == "shift")
        return read_small_number(value, 10, orders.instruction_shift);
    return name == "limit" && read_small_number(value, 30, orders.limit_seconds);
}

} // namespace

void Orders::read(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = text.find(' ') == std::string_view::npos ? text.size() : text.find(' ');
        const std::string_view word = text.substr(0, end);
        if (!word.empty() && !read_word(*this, word) && misunderstood.empty())
            misunderstood = word;
        text.remove_prefix(end == text.size() ? end : end + 1);
    }
}

} // namespace kernel
