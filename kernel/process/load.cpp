#include "kernel/process/elf.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/programs.hpp"

#include <algorithm>
#include <cstring>

namespace process {

namespace {

using kernel::Error;

// What lies on a fresh stack, from its end down, where rsp is as if a function had been called:
//
//     STACK_END   the strings, each with its zero
//                 (up to 15 bytes that nobody uses)
//                 null
//                 argv[argc - 1] ... argv[0]     <- rsi
//     rsp         0, the address to return to    <- rsp + 8 is a multiple of 16
class Arguments {
public:
    // False when it is full.
    bool add(std::string_view text) {
        if (count_ == MAXIMUM_ARGUMENTS || text.size() >= MAXIMUM_ARGUMENT_BYTES - used_)
            return false;
        words_[1 + count_++] = used_; // from the beginning of the strings; put_on_stack makes it an address
        std::memcpy(strings_ + used_, text.data(), text.size());
        used_ += text.size();
        strings_[used_++] = '\0';
        return true;
    }

    std::expected<void, Error> put_on_stack(AddressSpace& space, arch::UserContext& context) {
        const std::uint64_t strings = STACK_END - used_;
        for (std::size_t i = 1; i <= count_; ++i)
            words_[i] += strings;
        const std::size_t word_count = count_ + 2;
        const std::uint64_t argv = (strings - (word_count - 1) * sizeof(std::uint64_t)) & ~std::uint64_t{15};
        context.rsp = argv - sizeof(std::uint64_t);
        context.rdi = count_;
        context.rsi = argv;
        const auto words = std::as_bytes(std::span{words_}.first(word_count));
        if (const auto copied = copy_to_user(space, UserAddress{context.rsp}, words); !copied)
            return copied;
        return copy_to_user(space, UserAddress{strings}, std::as_bytes(std::span{strings_}.first(used_)));
    }

private:
    std::uint64_t words_[MAXIMUM_ARGUMENTS + 2]{};
    std::size_t count_ = 0;
    char strings_[MAXIMUM_ARGUMENT_BYTES];
    std::size_t used_ = 0;
};

std::expected<AddressSpace, Error> make_space(const ElfImage& image, Arguments& arguments, arch::UserContext& context) {
    auto space = AddressSpace::create();
    if (!space)
        return space;
    if (const auto loaded = load_elf(*space, image); !loaded)
        return std::unexpected{loaded.error()};
    if (const auto mapped = space->map(UserAddress{STACK_BEGIN}, STACK_BYTES, Access::read_write); !mapped)
        return std::unexpected{mapped.error()};
    if (const auto put = arguments.put_on_stack(*space, context); !put)
        return std::unexpected{put.error()};
    context.rip = image.entry;
    return space;
}

} // namespace

std::expected<void, Error> Process::load(std::string_view program, std::span<const std::string_view> arguments) {
    if (program.size() >= MAXIMUM_NAME)
        return std::unexpected{Error::too_long};
    Arguments gathered;
    bool fits = gathered.add(program);
    for (std::string_view argument : arguments)
        fits = fits && gathered.add(argument);
    if (!fits)
        return std::unexpected{Error::too_long};
    const std::span<const std::byte> file = find_program(program);
    if (file.empty())
        return std::unexpected{Error::not_found};
    const auto image = read_elf(file);
    if (!image)
        return std::unexpected{Error::bad_program};
    arch::UserContext fresh;
    auto loaded = make_space(*image, gathered, fresh);
    if (!loaded)
        return std::unexpected{loaded.error()};
    // From here on nothing fails. `program` may lie in `name`.
    std::memmove(name, program.data(), program.size());
    name[program.size()] = '\0';
    context = fresh;
    space = std::move(*loaded);
    return {};
}

} // namespace process
