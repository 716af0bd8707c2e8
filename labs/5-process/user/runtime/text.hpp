#pragma once

#include "labs/5-process/user/runtime/pollux.hpp"

#include <concepts>

namespace user {

// Text that is gathered, and written in one call, so that what other programs print comes before or after it: when it
// is flushed, or dies, and before when it is full.
class Text {
public:
    static constexpr std::size_t MOST_BYTES = 512; // what one call writes

    Text() = default;
    ~Text() { flush(); }
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;

    Text& add(std::string_view text);
    // In decimal digits.
    Text& add(std::integral auto number) {
        return number < 0 ? add("-").add_digits(-static_cast<std::uint64_t>(number))
                          : add_digits(static_cast<std::uint64_t>(number));
    }

    // Writes what there is. False when it could not all be written, now or before.
    bool flush();

private:
    Text& add_digits(std::uint64_t number);

    char bytes_[MOST_BYTES];
    std::size_t size_ = 0;
    bool is_well_ = true;
};

// print("pid ", pid, "\n")
template<typename... Parts>
bool print(const Parts&... parts) {
    Text text;
    (text.add(parts), ...);
    return text.flush();
}

} // namespace user
