// Prints the primes up to a number, ten a line.

#include "labs/5-process/user/runtime/text.hpp"

#include <span>

using namespace user;

namespace {

constexpr std::uint64_t GREATEST = 10'000'000;

bool print_all(std::span<const bool> is_composite) {
    Text line;
    unsigned in_line = 0;
    for (std::size_t i = 2; i < is_composite.size(); ++i) {
        if (is_composite[i])
            continue;
        line.add(in_line == 0 ? "" : " ").add(i);
        if (++in_line < 10)
            continue;
        in_line = 0;
        if (!line.add("\n").flush())
            return false;
    }
    return (in_line == 0 ? line : line.add("\n")).flush();
}

} // namespace

int main(int argument_count, char** arguments) {
    const std::uint64_t last = argument_count == 2 ? read_number(arguments[1], GREATEST + 1) : GREATEST + 1;
    if (last > GREATEST) {
        print("primes NUMBER (at most 10000000)\n");
        return 1;
    }
    const std::int64_t sieve = map(last + 1);
    if (sieve < 0) {
        print("primes: no memory\n");
        return 1;
    }
    const std::span is_composite{reinterpret_cast<bool*>(sieve), last + 1};
    for (std::uint64_t i = 2; i * i <= last; ++i)
        for (std::uint64_t multiple = i * i; !is_composite[i] && multiple <= last; multiple += i)
            is_composite[multiple] = true;
    return print_all(is_composite) ? 0 : 1;
}
