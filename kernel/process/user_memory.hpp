#pragma once

#include "kernel/lib/error.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <type_traits>

// Bytes to and from ring 3. The kernel never dereferences a user's address: SMAP would fault, and what a check found a
// moment ago may not hold any more. These go through the page tables, page by page, and touch the frames where the
// direct map shows them, so there is nothing to check first and nothing to check twice.
namespace process {

class AddressSpace;

// An address that a user gave. No pointer, and no arithmetic but that of these functions.
enum class UserAddress : std::uint64_t {};

constexpr std::uint64_t number(UserAddress address) {
    return static_cast<std::uint64_t>(address);
}

// Each fills in lazy and copy-on-write pages first, and gives bad_address when a byte is not mapped for the user with
// the right that it takes, out_of_memory when there is no frame to fill a page in. After an error a prefix may have
// been copied. The space need not be loaded. No bytes: always well, whatever the address.
std::expected<void, kernel::Error> copy_from_user(AddressSpace& space, std::span<std::byte> to, UserAddress from);
std::expected<void, kernel::Error> copy_to_user(AddressSpace& space, UserAddress to, std::span<const std::byte> from);

// A string that ends with a zero byte; gives its length without it. too_long when none of the first to.size() bytes is
// zero. Reads no byte behind the zero, so a string may end at the end of a page.
std::expected<std::size_t, kernel::Error> copy_string_from_user(AddressSpace& space, std::span<char> to,
                                                                UserAddress from);

// One object. Only for types without padding, lest bytes of the kernel's leak.
template<typename T>
std::expected<void, kernel::Error> copy_object_to_user(AddressSpace& space, UserAddress to, const T& object) {
    static_assert(std::has_unique_object_representations_v<T>);
    return copy_to_user(space, to, std::as_bytes(std::span{&object, 1}));
}

} // namespace process
