#pragma once

#include "kernel/process/process.hpp"
#include "kernel/process/user_memory.hpp"

#include <array>
#include <span>
#include <string_view>

namespace process {

// The name of a program and its arguments, as strings of our own, copied from a caller in ring 3: nothing of them is
// looked at twice in its memory. Large: a local variable of a call that waits for nothing.
class ProgramArguments {
public:
    // `name`: a C string. `strings`: an array of C strings that ends with null, or address 0 for none. bad_address,
    // too_long, out_of_memory.
    std::expected<void, kernel::Error> copy(AddressSpace& space, UserAddress name, UserAddress strings);

    std::string_view name() const { return {name_.data(), name_bytes_}; }
    std::span<const std::string_view> strings() const { return std::span{strings_}.first(count_); }

private:
    std::array<char, MAXIMUM_NAME> name_;
    std::size_t name_bytes_ = 0;
    std::array<char, MAXIMUM_ARGUMENT_BYTES> text_;
    std::array<std::string_view, MAXIMUM_ARGUMENTS> strings_;
    std::size_t count_ = 0;
};

} // namespace process
