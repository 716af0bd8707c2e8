// Random system calls with random arguments, for ever or as many as the second argument says; the first is the seed.
// What comes back is a result or an ErrorNumber, else this program executes an invalid instruction, which nothing else
// that it does can lead to. The kernel's test is kernel/process/tests/random_calls.cpp.

#include "labs/5-process/user/tests/check.hpp"

using namespace user;

namespace {

class Random {
public:
    explicit Random(std::uint64_t seed) : state_{seed * 0x9e37'79b9'7f4a'7c15 + 1} {}

    std::uint64_t next() { // xorshift64*
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545'f491'4f6c'dd1d >> 8;
    }
    std::uint64_t below(std::uint64_t limit) { return next() % limit; }
    // So that the two sides of a fork go their own ways.
    void mix(std::uint64_t value) { state_ ^= value * 0x9e37'79b9'7f4a'7c15 | 1; }

private:
    std::uint64_t state_;
};

constexpr std::uint64_t CALL_COUNT = static_cast<std::uint64_t>(SystemCall::shutdown) + 1;
constexpr std::int64_t LAST_ERROR = 4095; // no result lies between -LAST_ERROR and 0 but errors

char buffer[3 * PAGE];
const char* arguments_for_children[] = {"1", "100", nullptr};
std::uint64_t results[8]; // of earlier calls: addresses, pids, descriptors

std::uint64_t some_address(Random& random) {
    switch (random.below(6)) {
    case 0:
        return to_word(buffer) + random.below(sizeof buffer);
    case 1:
        return to_word(buffer + sizeof buffer) - random.below(16);
    case 2:
        return FORBIDDEN[random.below(std::size(FORBIDDEN))] + random.below(16);
    case 3:
        return to_word(__builtin_frame_address(0)) + random.below(64);
    case 4:
        return to_word(arguments_for_children);
    default:
        return results[random.below(std::size(results))] + random.below(2) * random.below(2 * PAGE);
    }
}

std::uint64_t some_argument(Random& random) {
    switch (random.below(8)) {
    case 0:
        return random.next() << random.below(64);
    case 1:
        return -random.below(PAGE);
    case 2:
        return random.below(20) * PAGE;
    case 3:
        return results[random.below(std::size(results))];
    case 4:
    case 5:
        return some_address(random);
    default:
        return random.below(20);
    }
}

SystemCall some_call(Random& random) {
    const std::uint64_t number = random.below(64) == 0 ? random.next() << random.below(40) : random.below(CALL_COUNT);
    const auto call = static_cast<SystemCall>(number);
    // Ends, and more of us, are rare: else few calls are made.
    const bool is_rare = call == SystemCall::exit || call == SystemCall::fork || call == SystemCall::exec;
    return is_rare && random.below(16) != 0 ? SystemCall::yield : call;
}

void make_call(Random& random) {
    const SystemCall call = some_call(random);
    const bool has_name = (call == SystemCall::spawn || call == SystemCall::exec) && random.below(2) == 0;
    const std::uint64_t first = has_name ? to_word("test_random") : some_argument(random);
    const std::uint64_t second = has_name ? to_word(arguments_for_children) : some_argument(random);
    // A sleep that is too long for a test is not waited for.
    const std::uint64_t short_sleep = random.below(100'000);
    const bool sleeps = call == SystemCall::nanosleep && random.below(4) != 0;
    const std::int64_t result =
        system_call(call, sleeps ? short_sleep : first, second, some_argument(random), some_argument(random));
    if (result < 0 && result < -LAST_ERROR)
        __builtin_trap();
    results[random.below(std::size(results))] = static_cast<std::uint64_t>(result);
    random.mix(static_cast<std::uint64_t>(result));
}

} // namespace

int main(int argument_count, char** arguments) {
    Random random{argument_count > 1 ? read_number(arguments[1], 1) : 1};
    const std::uint64_t count = argument_count > 2 ? read_number(arguments[2], 0) : 0;
    for (std::uint64_t done = 0; count == 0 || done < count; ++done) {
        make_call(random);
        if (random.below(64) == 0)
            *reinterpret_cast<volatile char*>(to_word(buffer) + random.below(sizeof buffer)) = 1;
        if (random.below(1024) == 0)
            *reinterpret_cast<volatile char*>(some_address(random)) = 1;
    }
    return 0;
}
