// Sleeps for so many seconds.

#include "labs/5-process/user/runtime/pollux.hpp"

int main(int argument_count, char** arguments) {
    constexpr std::uint64_t NANOSECONDS = 1'000'000'000;
    const std::uint64_t seconds = argument_count == 2 ? user::read_number(arguments[1], UINT64_MAX) : UINT64_MAX;
    if (seconds > UINT64_MAX / NANOSECONDS) {
        user::print("sleep SECONDS\n");
        return 1;
    }
    return user::nanosleep(seconds * NANOSECONDS) == 0 ? 0 : 1;
}
