// Reading and writing, with what the kernel's test, or another process, does at the other end.

#include "labs/5-process/user/tests/check.hpp"

using namespace user;

namespace {

char expected_byte(std::uint64_t index) {
    return static_cast<char>(index * 7 + index / 256);
}

// Writes so many bytes.
int writes(std::span<const char* const> given) {
    const std::uint64_t count = number_argument(given, 0, 100);
    char buffer[300];
    for (std::uint64_t done = 0; done < count;) {
        std::uint64_t length = 0;
        for (; length < sizeof buffer && done < count; ++done)
            buffer[length++] = expected_byte(done);
        CHECK(write_all(OUTPUT, {buffer, length}));
    }
    return 0;
}

// Reads to the end: so many bytes, and those that `writes` writes.
int reads(std::span<const char* const> given) {
    const std::uint64_t count = number_argument(given, 0, 100);
    char buffer[200];
    std::uint64_t done = 0;
    for (;;) {
        const std::int64_t got = read(INPUT, buffer, sizeof buffer);
        CHECK(got >= 0);
        if (got == 0)
            break;
        CHECK(got <= static_cast<std::int64_t>(sizeof buffer));
        for (std::int64_t i = 0; i < got; ++i)
            CHECK(buffer[i] == expected_byte(done++));
    }
    CHECK(done == count);
    return 0;
}

// Reads once; gives how many came, or 1000 and the error.
int reads_once(std::span<const char* const> given) {
    static char buffer[1024];
    const std::int64_t got = read(INPUT, buffer, number_argument(given, 0, sizeof buffer));
    return static_cast<int>(got < 0 ? 1000 - got : got);
}

// What did not come is not written: whatever the kernel has in its own buffer stays there.
int reads_no_more_than_came(std::span<const char* const>) {
    static char buffer[600];
    const auto is_untouched_from = [](std::size_t index) {
        return std::string_view{buffer, sizeof buffer}.find_first_not_of('u', index) == std::string_view::npos;
    };
    for (char& byte : buffer)
        byte = 'u';
    PipeEnds ends;
    CHECK(pipe(&ends) == 0);
    CHECK(write(ends.writer, "abc", 3) == 3);
    CHECK(read(ends.reader, buffer, sizeof buffer) == 3);
    CHECK((std::string_view{buffer, 3} == "abc"));
    CHECK(is_untouched_from(3));
    CHECK(write(ends.writer, "de", 2) == 2);
    CHECK(read(ends.reader, buffer, 1) == 1);
    CHECK(buffer[0] == 'd');
    CHECK(buffer[1] == 'b');
    CHECK(close(ends.writer) == 0);
    CHECK(read(ends.reader, buffer, sizeof buffer) == 1);
    CHECK(buffer[0] == 'e');
    CHECK(buffer[1] == 'b');
    CHECK(is_untouched_from(3));
    CHECK(read(ends.reader, buffer, sizeof buffer) == 0);
    CHECK(buffer[0] == 'e');
    CHECK(is_untouched_from(3));
    return 0;
}

// Writes once; likewise.
int writes_once(std::span<const char* const> given) {
    static char buffer[1024];
    const std::int64_t done = write(OUTPUT, buffer, number_argument(given, 0, sizeof buffer));
    return static_cast<int>(done < 0 ? 1000 - done : done);
}

// Copies its input to its output.
int copies(std::span<const char* const>) {
    char buffer[64];
    std::int64_t got;
    while ((got = read(INPUT, buffer, sizeof buffer)) > 0)
        CHECK(write_all(OUTPUT, {buffer, static_cast<std::size_t>(got)}));
    CHECK(got == 0);
    return 0;
}

// Asks and answers itself, for ever: calls that may wait, and never do.
int talks_to_itself(std::span<const char* const>) {
    PipeEnds ends;
    CHECK(pipe(&ends) == 0);
    char byte = 0;
    for (;;) {
        CHECK(write(ends.writer, &byte, 1) == 1);
        CHECK(read(ends.reader, &byte, 1) == 1);
        ++byte;
    }
}

// One call that may wait, for ever, where there is nothing to wait for.
int needs_no_wait(std::span<const char* const> given) {
    CHECK(given.size() == 1);
    const std::string_view call = given[0];
    char byte = 0;
    for (;;)
        if (call == "write")
            CHECK(write(15, &byte, 1) == failed(ErrorNumber::bad_descriptor));
        else if (call == "read")
            CHECK(read(15, &byte, 1) == failed(ErrorNumber::bad_descriptor));
        else if (call == "yield")
            CHECK(system_call(SystemCall::yield) == 0);
        else if (call == "wait")
            CHECK(wait(0) == failed(ErrorNumber::not_found));
        else
            CHECK(nanosleep(0) == 0);
}

// What a call gives is there when it returns, however long it waited: `count` round trips with the other end.
int echoes(std::span<const char* const> given) {
    for (std::uint64_t left = number_argument(given, 0, 1); left > 0; --left) {
        char question[8] = {};
        const std::int64_t got = read(INPUT, question, sizeof question);
        CHECK(got > 0);
        CHECK(write(OUTPUT, question, static_cast<std::size_t>(got)) == got);
    }
    return 0;
}

// Writes 500 of one letter, and again, which waits where nobody reads.
int writes_letter(std::span<const char* const> given) {
    CHECK(given.size() == 1);
    char buffer[500];
    for (char& byte : buffer)
        byte = given[0][0];
    for (int times = 0; times < 2; ++times)
        CHECK(write(OUTPUT, buffer, sizeof buffer) == static_cast<std::int64_t>(sizeof buffer));
    return 0;
}

// Reads that letter to the end, and gives how often it came.
int reads_letter(std::span<const char* const> given) {
    CHECK(given.size() == 1);
    char buffer[500];
    int count = 0;
    for (;;) {
        const std::int64_t got = read(INPUT, buffer, sizeof buffer);
        CHECK(got >= 0);
        if (got == 0)
            return count;
        for (std::int64_t i = 0; i < got; ++i)
            if (buffer[i] == given[0][0])
                ++count;
    }
}

// Gives its turn away so many times.
int yields(std::span<const char* const> given) {
    for (std::uint64_t left = number_argument(given, 0, 1); left > 0; --left)
        CHECK(system_call(SystemCall::yield) == 0);
    return 0;
}

// Sleeps for `nanoseconds` and gives what nanosleep gave.
int sleeps(std::span<const char* const> given) {
    return static_cast<int>(nanosleep(number_argument(given, 0, UINT64_MAX)));
}

// Runs for ever, or for so many nanoseconds, without a call but those that tell the time; gives 0.
int spins(std::span<const char* const> given) {
    if (given.empty())
        for (volatile std::uint64_t turns = 0;;)
            turns = turns + 1;
    const std::uint64_t end = clock() + number_argument(given, 0, 0);
    while (clock() < end) {
    }
    return 0;
}

// Says when it gets on: adds one to a byte of its own and sends it, once in about 50,000 instructions, for ever.
int counts(std::span<const char* const>) {
    for (char byte = 0;; ++byte) {
        for (volatile int turns = 0; turns < 10'000;)
            turns = turns + 1;
        CHECK(write(OUTPUT, &byte, 1) == 1);
    }
}

constexpr Act ACTS[] = {
    {"writes", writes},
    {"reads", reads},
    {"reads_once", reads_once},
    {"reads_no_more_than_came", reads_no_more_than_came},
    {"writes_once", writes_once},
    {"copies", copies},
    {"echoes", echoes},
    {"talks_to_itself", talks_to_itself},
    {"needs_no_wait", needs_no_wait},
    {"writes_letter", writes_letter},
    {"reads_letter", reads_letter},
    {"yields", yields},
    {"sleeps", sleeps},
    {"spins", spins},
    {"counts", counts},
};

} // namespace

int main(int argument_count, char** arguments) {
    return run_act(ACTS, argument_count, arguments);
}
