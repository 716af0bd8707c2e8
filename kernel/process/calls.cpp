#include "arch/clock.hpp"
#include "arch/x86_64/trap.hpp"
#include "kernel/process/more_calls.hpp"
#include "kernel/process/program_arguments.hpp"
#include "kernel/process/run.hpp"
#include "kernel/process/system_calls.hpp"

#include <array>

namespace process {

namespace {

using abi::SystemCall;
using kernel::Error;

// Not inlined: its arguments take 5 KiB of stack, which no other call needs.
[[gnu::noinline]] Result spawn(Process& process, const Arguments& given) {
    ProgramArguments arguments;
    if (const auto copied = arguments.copy(process.space, UserAddress{given.first}, UserAddress{given.second}); !copied)
        return std::unexpected{copied.error()};
    const Descriptor* input = process.descriptors.find(given.third);
    const Descriptor* output = process.descriptors.find(given.fourth);
    if (input == nullptr || output == nullptr)
        return std::unexpected{Error::bad_descriptor};
    const auto pid = start(arguments.name(), arguments.strings(), &process);
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
bool fill_page(Process& process, arch::Trap fault) {
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
