#include "labs/5-process/user/runtime/pollux.hpp"

namespace user {

// As calls.inc says.
static_assert(SystemCall{0} == SystemCall::exit && SystemCall{1} == SystemCall::write &&
              SystemCall{3} == SystemCall::yield && SystemCall{4} == SystemCall::nanosleep &&
              SystemCall{5} == SystemCall::getpid);

void exit(std::int32_t code) {
    system_call(SystemCall::exit, static_cast<std::uint64_t>(code));
    __builtin_unreachable();
}

bool write_all(std::uint32_t descriptor, std::string_view text) {
    while (!text.empty()) {
        const std::int64_t written = write(descriptor, text.data(), text.size());
        if (written <= 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

std::uint64_t read_number(std::string_view text, std::uint64_t otherwise) {
    std::uint64_t number = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9' || number > (UINT64_MAX - 9) / 10)
            return otherwise;
        number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return text.empty() ? otherwise : number;
}

} // namespace user

// The program's first instruction (program.ld); the kernel enters it as a call would.
extern "C" [[noreturn]] void start(int argument_count, char** arguments) {
    user::exit(main(argument_count, arguments));
}
