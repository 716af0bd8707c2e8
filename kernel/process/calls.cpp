#include "arch/clock.hpp"
#include "arch/x86_64/trap.hpp"
#include "kernel/process/more_calls.hpp"
#include "kernel/process/run.hpp"
#include "kernel/process/system_calls.hpp"

#include <array>

namespace process {

namespace {

using abi::SystemCall;
using kernel::Error;

// The arguments of a new process, as strings of our own: nothing of them is looked at twice in ring 3's memory.
struct ProgramArguments {
    std::array<char, MAXIMUM_ARGUMENT_BYTES> text;
    std::array<std::string_view, MAXIMUM_ARGUMENTS> strings;
    std::size_t count = 0;

    std::span<const std::string_view> all() const { return std::span{strings}.first(count); }
};

// `from` is an array of C strings that ends with null.
std::expected<void, Error> copy_arguments(AddressSpace& space, UserAddress from, ProgramArguments& to) {
    std::span<char> room{to.text};
    for (std::uint64_t at = number(from);; at += sizeof(std::uint64_t)) {
        UserAddress string{};
        if (const auto copied = copy_from_user(space, std::as_writable_bytes(std::span{&string, 1}), UserAddress{at});
            !copied)
            return copied;
        if (number(string) == 0)
            return {};
        if (to.count == to.strings.size())
            return std::unexpected{Error::too_long};
        const auto length = copy_string_from_user(space, room, string);
        if (!length)
            return std::unexpected{length.error()};
        to.strings[to.count++] = {room.data(), *length};
        room = room.subspan(*length + 1);
    }
}

Result spawn(Process& process, const Arguments& given) {
    char name[MAXIMUM_NAME];
    const auto length = copy_string_from_user(process.space, name, UserAddress{given.first});
    if (!length)
        return std::unexpected{length.error()};
    ProgramArguments arguments;
    if (given.second != 0)
        if (const auto copied = copy_arguments(process.space, UserAddress{given.second}, arguments); !copied)
            return std::unexpected{copied.error()};
    const Descriptor* input = process.descriptors.find(given.third);
    const Descriptor* output = process.descriptors.find(given.fourth);
    if (input == nullptr || output == nullptr)
        return std::unexpected{Error::bad_descriptor};
    const auto pid = start({name, *length}, arguments.all(), &process);
    if (!pid)
        return std::unexpected{pid.error()};
    // It has not run yet. It gets these two and no more: a pipe has an end when nobody can write to it any more.
    Process& child = *find(*pid);
    child.descriptors.close_all();
    child.descriptors.set(abi::INPUT, *input);
    child.descriptors.set(abi::OUTPUT, *output);
    return *pid;
}

Result pipe(Process& process, UserAddress to) {
    auto ends = Pipe::create();
    if (!ends)
        return std::unexpected{ends.error()};
    DescriptorTable& table = process.descriptors;
    const auto reader = table.add(std::move(ends->reader));
    if (!reader)
        return std::unexpected{reader.error()};
    const auto writer = table.add(std::move(ends->writer));
    if (!writer) {
        table.set(*reader, {});
        return std::unexpected{writer.error()};
    }
    const std::uint32_t numbers[] = {*reader, *writer};
    if (const auto copied = copy_to_user(process.space, to, std::as_bytes(std::span{numbers})); !copied) {
        table.set(*reader, {});
        table.set(*writer, {});
        return std::unexpected{copied.error()};
    }
    return 0;
}

Result close(Process& process, std::uint64_t descriptor) {
    if (process.descriptors.find(descriptor) == nullptr)
        return std::unexpected{Error::bad_descriptor};
    process.descriptors.set(descriptor, {});
    return 0;
}

Result map(Process& process, std::uint64_t bytes, abi::MapAccess access) {
    if (access != abi::MapAccess::read && access != abi::MapAccess::read_write)
        return std::unexpected{Error::bad_argument};
    const auto address =
        process.space.map_anywhere(bytes, access == abi::MapAccess::read ? Access::read : Access::read_write);
    if (!address)
        return std::unexpected{address.error()};
    return number(*address);
}

Result unmap(Process& process, UserAddress begin, std::uint64_t bytes) {
    if (const auto done = process.space.unmap(begin, bytes); !done)
        return std::unexpected{done.error()};
    return 0;
}

// The bits of a page fault's error code (Intel SDM volume 3, section 4.7).
enum PageFaultCode : std::uint64_t { PRESENT = 1 << 0, WRITE = 1 << 1, FETCH = 1 << 4 };

} // namespace

// Of pages that are there already only those that were shared can be filled in, for a write. Everything else would
// fault again, for ever.
bool fill_page(Process& process, const arch::Trap& fault) {
    if (fault.kind != arch::Trap::Kind::fault || fault.vector != arch::PAGE_FAULT)
        return false;
    if ((fault.error_code & PRESENT) != 0 && (fault.error_code & WRITE) == 0)
        return false;
    const Right right = (fault.error_code & FETCH) != 0   ? Right::execute
                        : (fault.error_code & WRITE) != 0 ? Right::write
                                                          : Right::read;
    return process.space.fill_in(UserAddress{fault.address}, right).has_value();
}

Result quick_call(Process& process) {
    const SystemCall number = call_number(process);
    if (number == SystemCall::getpid) // the cheapest there is, and what a null call is measured by
        return process.pid;
    const Arguments given = call_arguments(process);
    switch (number) {
    case SystemCall::clock:
        return arch::now();
    case SystemCall::spawn:
        return spawn(process, given);
    case SystemCall::pipe:
        return pipe(process, UserAddress{given.first});
    case SystemCall::close:
        return close(process, given.first);
    case SystemCall::map:
        return map(process, given.first, static_cast<abi::MapAccess>(given.second));
    case SystemCall::unmap:
        return unmap(process, UserAddress{given.first}, given.second);
    default:
        return more_calls(process);
    }
}

} // namespace process
