// Goes on with its own work, whatever others do: for ever, or as many rounds as the argument says. When anything that
// it relies on changes, it exits with the line of the check. Every eighth round it sleeps.

#include "labs/5-process/user/tests/check.hpp"

using namespace user;

namespace {

constexpr std::size_t WORDS = 1024;
std::uint64_t words[WORDS];

int round(std::uint64_t number, std::uint32_t pid, std::uint64_t* time, const PipeEnds& ends) {
    const std::uint64_t seed = number * 0x9e37'79b9'7f4a'7c15 + pid;
    for (std::size_t i = 0; i < WORDS; ++i)
        words[i] = seed ^ i;
    CHECK(getpid() == pid);
    CHECK(write(ends.writer, words, 64) == 64);
    std::uint64_t back[8];
    CHECK(read(ends.reader, back, sizeof back) == sizeof back);
    if (number % 8 == 0)
        CHECK(nanosleep(20'000) == 0);
    else
        yield();
    for (std::size_t i = 0; i < WORDS; ++i)
        CHECK(words[i] == (seed ^ i));
    for (std::size_t i = 0; i < 8; ++i)
        CHECK(back[i] == words[i]);
    const std::uint64_t now = clock();
    CHECK(now >= *time);
    *time = now;
    return 0;
}

} // namespace

int main(int argument_count, char** arguments) {
    const std::uint64_t rounds = argument_count > 1 ? read_number(arguments[1], 0) : 0;
    const std::uint32_t pid = getpid();
    std::uint64_t time = 0;
    PipeEnds ends;
    CHECK(pipe(&ends) == 0);
    for (std::uint64_t done = 0; rounds == 0 || done < rounds; ++done)
        if (const int line = round(done, pid, &time, ends); line != 0)
            return line;
    return 0;
}
