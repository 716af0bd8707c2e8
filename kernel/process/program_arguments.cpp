#include "kernel/process/program_arguments.hpp"

namespace process {

using kernel::Error;

std::expected<void, Error> ProgramArguments::copy(AddressSpace& space, UserAddress name, UserAddress strings) {
    const auto name_bytes = copy_string_from_user(space, name_, name);
    if (!name_bytes)
        return std::unexpected{name_bytes.error()};
    name_bytes_ = *name_bytes;
    std::span<char> room{text_};
    for (std::uint64_t at = number(strings); at != 0; at += sizeof(std::uint64_t)) {
        UserAddress string{};
        if (const auto copied = copy_from_user(space, std::as_writable_bytes(std::span{&string, 1}), UserAddress{at});
            !copied)
            return copied;
        if (number(string) == 0)
            break;
        if (count_ == strings_.size())
            return std::unexpected{Error::too_long};
        const auto length = copy_string_from_user(space, room, string);
        if (!length)
            return std::unexpected{length.error()};
        strings_[count_++] = {room.data(), *length};
        room = room.subspan(*length + 1);
    }
    return {};
}

} // namespace process
