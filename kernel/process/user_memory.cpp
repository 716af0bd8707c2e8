#include "kernel/process/user_memory.hpp"

#include "kernel/process/address_space.hpp"

#include <algorithm>
#include <cstring>

namespace process {

namespace {

using arch::PAGE_BYTES;
using kernel::Error;

// Calls copy(where it lies, how much of it, how much was before) for each part of a page, in order, until all is done
// or copy gives false. An address that runs over the end of the numbers meets one that is not mapped on the way.
template<typename Copy>
std::expected<void, Error> for_each_part(AddressSpace& space, UserAddress begin, std::size_t bytes, Right right,
                                         Copy&& copy) {
    for (std::size_t done = 0; done < bytes;) {
        const std::uint64_t at = number(begin) + done;
        const std::size_t part = std::min<std::uint64_t>(bytes - done, PAGE_BYTES - at % PAGE_BYTES);
        const auto where = space.locate(UserAddress{at}, right);
        if (!where)
            return std::unexpected{where.error()};
        if (!copy(arch::direct<std::byte>(*where), part, done))
            return {};
        done += part;
    }
    return {};
}

} // namespace

std::expected<void, Error> copy_from_user(AddressSpace& space, std::span<std::byte> to, UserAddress from) {
    return for_each_part(space, from, to.size(), Right::read,
                         [&](const std::byte* where, std::size_t bytes, std::size_t done) {
                             std::memcpy(to.data() + done, where, bytes);
                             return true;
                         });
}

std::expected<void, Error> copy_to_user(AddressSpace& space, UserAddress to, std::span<const std::byte> from) {
    return for_each_part(space, to, from.size(), Right::write,
                         [&](std::byte* where, std::size_t bytes, std::size_t done) {
                             std::memcpy(where, from.data() + done, bytes);
                             return true;
                         });
}

std::expected<std::size_t, Error> copy_string_from_user(AddressSpace& space, std::span<char> to, UserAddress from) {
    std::expected<std::size_t, Error> length = std::unexpected{Error::too_long};
    const auto looked = for_each_part(space, from, to.size(), Right::read,
                                      [&](const std::byte* where, std::size_t bytes, std::size_t done) {
                                          for (std::size_t i = 0; i < bytes; ++i) {
                                              to[done + i] = static_cast<char>(where[i]);
                                              if (to[done + i] != '\0')
                                                  continue;
                                              length = done + i;
                                              return false;
                                          }
                                          return true;
                                      });
    if (!looked)
        return std::unexpected{looked.error()};
    return length;
}

} // namespace process
