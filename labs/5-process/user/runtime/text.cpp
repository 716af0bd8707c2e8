#include "labs/5-process/user/runtime/text.hpp"

#include <algorithm>
#include <cstring>

namespace user {

Text& Text::add(std::string_view text) {
    while (!text.empty()) {
        if (size_ == MOST_BYTES)
            flush();
        const std::size_t bytes = std::min(text.size(), MOST_BYTES - size_);
        std::memcpy(bytes_ + size_, text.data(), bytes);
        size_ += bytes;
        text.remove_prefix(bytes);
    }
    return *this;
}

Text& Text::add_digits(std::uint64_t number) {
    char digits[20]; // of the greatest there is
    std::size_t first = sizeof digits;
    do {
        digits[--first] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return add({digits + first, sizeof digits - first});
}

bool Text::flush() {
    is_well_ = write_all(OUTPUT, {bytes_, size_}) && is_well_;
    size_ = 0;
    return is_well_;
}

} // namespace user
