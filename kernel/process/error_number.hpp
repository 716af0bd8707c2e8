#pragma once

#include "kernel/lib/error.hpp"
#include "kernel/process/abi.hpp"

namespace process {

// How ring 3 is told of an error of the kernel's.
abi::ErrorNumber error_number(kernel::Error error);

// What a system call that was refused leaves in rax.
constexpr std::uint64_t refusal(abi::ErrorNumber error) {
    return static_cast<std::uint64_t>(-static_cast<std::int64_t>(error));
}
inline std::uint64_t refusal(kernel::Error error) {
    return refusal(error_number(error));
}

} // namespace process
