// System calls with right and wrong arguments.

#include "labs/5-process/user/tests/check.hpp"

using namespace user;

namespace {

constexpr std::int64_t BAD_ADDRESS = failed(ErrorNumber::bad_address);

// The arguments come as they were given.
int arguments(std::span<const char* const> given) {
    CHECK(given.size() == 3);
    CHECK(given[0] == std::string_view{"one"});
    CHECK(given[1] == std::string_view{""});
    CHECK(given[2] == std::string_view{"three and four"});
    CHECK(given.data()[3] == nullptr);
    return 0;
}

int exits(std::span<const char* const> given) {
    system_call(SystemCall::exit, number_argument(given, 0, 0));
    return 1; // it does not come back
}

int numbers(std::span<const char* const>) {
    constexpr std::uint64_t NUMBERS[] = {100,       255, 0x8000'0000, 0x1'0000'0000, 0x1'0000'0005, UINT64_MAX - 1,
                                         UINT64_MAX};
    for (const std::uint64_t number : NUMBERS)
        CHECK(system_call(static_cast<SystemCall>(number)) == failed(ErrorNumber::bad_call));
    CHECK(getpid() > 0);
    return 0;
}

int descriptors(std::span<const char* const>) {
    PipeEnds ends;
    CHECK(pipe(&ends) == 0);
    char byte = 'x';
    for (std::uint64_t i = 0; i < 20; ++i) {
        constexpr std::uint64_t OFFSETS[] = {0, 1ull << 32, 1ull << 63};
        for (const std::uint64_t offset : OFFSETS) {
            const std::uint64_t number = i + offset;
            if (offset == 0 && (i <= OUTPUT || i == ends.reader || i == ends.writer))
                continue;
            CHECK(system_call(SystemCall::write, number, to_word(&byte), 1) == failed(ErrorNumber::bad_descriptor));
            CHECK(system_call(SystemCall::read, number, to_word(&byte), 1) == failed(ErrorNumber::bad_descriptor));
            CHECK(system_call(SystemCall::close, number) == failed(ErrorNumber::bad_descriptor));
            // That comes before all else that is wrong, and though there is nothing to do.
            CHECK(system_call(SystemCall::write, number, 8, 1) == failed(ErrorNumber::bad_descriptor));
            CHECK(system_call(SystemCall::read, number, 8, 1) == failed(ErrorNumber::bad_descriptor));
            CHECK(system_call(SystemCall::write, number, to_word(&byte), 0) == failed(ErrorNumber::bad_descriptor));
            CHECK(system_call(SystemCall::read, number, to_word(&byte), 0) == failed(ErrorNumber::bad_descriptor));
        }
    }
    CHECK(write(ends.reader, &byte, 1) == failed(ErrorNumber::bad_descriptor));
    CHECK(read(ends.writer, &byte, 1) == failed(ErrorNumber::bad_descriptor));
    CHECK(write(INPUT, &byte, 1) == failed(ErrorNumber::bad_descriptor));
    CHECK(read(OUTPUT, &byte, 1) == failed(ErrorNumber::bad_descriptor));
    CHECK(close(ends.reader) == 0);
    CHECK(close(ends.reader) == failed(ErrorNumber::bad_descriptor));
    return 0;
}

// Nothing comes through from where the program may not read, and nothing is written to the pipe.
int write_from(std::span<const char* const>) {
    PipeEnds ends;
    CHECK(pipe(&ends) == 0);
    constexpr std::size_t COUNTS[] = {1, 100, SIZE_MAX};
    for (const std::uint64_t address : FORBIDDEN)
        for (const std::size_t count : COUNTS)
            CHECK(write(ends.writer, reinterpret_cast<const void*>(address), count) == BAD_ADDRESS);
    char* const end = end_of_a_page();
    CHECK(end != nullptr);
    CHECK(write(ends.writer, end - 1, 2) == BAD_ADDRESS);
    CHECK(write(ends.writer, end, 1) == BAD_ADDRESS);
    CHECK(write(ends.writer, end - 100, SIZE_MAX) == BAD_ADDRESS);
    CHECK(write(ends.writer, end - PAGE - 1, 2) == BAD_ADDRESS);
    end[-1] = 'e';
    CHECK(write(ends.writer, end - 1, 1) == 1);
    CHECK(write(ends.writer, end, 0) == 0);
    char got[2] = {};
    CHECK(read(ends.reader, got, 2) == 1);
    CHECK(got[0] == 'e');
    CHECK(close(ends.writer) == 0);
    CHECK(read(ends.reader, got, 2) == 0);
    return 0;
}

// Nothing comes to where the program may not write.
int read_to(std::span<const char* const>) {
    static const char CONSTANT[] = "constant";
    PipeEnds ends;
    CHECK(pipe(&ends) == 0);
    const auto refuses = [&](const void* to) {
        return write(ends.writer, "ab", 2) == 2 && read(ends.reader, const_cast<void*>(to), 2) == BAD_ADDRESS;
    };
    for (const std::uint64_t address : FORBIDDEN)
        CHECK(refuses(reinterpret_cast<const void*>(address)));
    char* const end = end_of_a_page();
    CHECK(end != nullptr);
    CHECK(refuses(end - 1));
    CHECK(refuses(end));
    CHECK(refuses(end - PAGE - 1));
    CHECK(refuses(CONSTANT));
    CHECK(CONSTANT[0] == 'c');
    CHECK(refuses(reinterpret_cast<const void*>(read_to)));
    char* const constant_end = end_of_a_page(MapAccess::read);
    CHECK(constant_end != nullptr);
    CHECK(refuses(constant_end - PAGE));
    CHECK(constant_end[-static_cast<std::ptrdiff_t>(PAGE)] == 0);
    return 0;
}

// Into pages that were never touched, over the boundary of two.
int read_to_fresh(std::span<const char* const>) {
    PipeEnds ends;
    CHECK(pipe(&ends) == 0);
    const std::int64_t pages = map(2 * PAGE);
    CHECK(pages > 0);
    char* const middle = reinterpret_cast<char*>(pages) + PAGE;
    CHECK(write(ends.writer, "abcdef", 6) == 6);
    CHECK(read(ends.reader, middle - 3, 6) == 6);
    CHECK((std::string_view{middle - 3, 6} == "abcdef"));
    CHECK(middle[3] == 0);
    return 0;
}

int spawn_from(std::span<const char* const>) {
    for (const std::uint64_t address : FORBIDDEN) {
        const char* const pointer = reinterpret_cast<const char*>(address);
        CHECK(spawn(pointer) == BAD_ADDRESS);
        if (address != 0) { // null: no arguments
            CHECK(spawn("test_calls", reinterpret_cast<const char* const*>(address)) == BAD_ADDRESS);
            const char* const given[] = {"exits", pointer, nullptr};
            CHECK(spawn("test_calls", given) == BAD_ADDRESS);
        }
    }
    char* const end = end_of_a_page();
    CHECK(end != nullptr);
    end[-1] = 'x'; // a string without end
    CHECK(spawn(end - 1) == BAD_ADDRESS);
    const char* const unending[] = {end - 1, nullptr};
    CHECK(spawn("test_calls", unending) == BAD_ADDRESS);
    const char** const last = reinterpret_cast<const char**>(end) - 1; // an array without end
    *last = "exits";
    CHECK(spawn("test_calls", last) == BAD_ADDRESS);
    CHECK(spawn("no such program") == failed(ErrorNumber::not_found));
    CHECK(spawn("") == failed(ErrorNumber::not_found));
    CHECK(spawn("a name that is much longer than any program's") == failed(ErrorNumber::too_long));
    CHECK(spawn("test_calls", nullptr, 7, OUTPUT) == failed(ErrorNumber::bad_descriptor));
    CHECK(spawn("test_calls", nullptr, INPUT, 99) == failed(ErrorNumber::bad_descriptor));
    const char* many[64];
    for (const char*& argument : many)
        argument = "x";
    many[63] = nullptr;
    CHECK(spawn("test_calls", many) == failed(ErrorNumber::too_long));
    CHECK(wait(0) == failed(ErrorNumber::not_found)); // none of them was begun
    return 0;
}

int pipe_to(std::span<const char* const>) {
    for (const std::uint64_t address : FORBIDDEN)
        CHECK(pipe(reinterpret_cast<PipeEnds*>(address)) == BAD_ADDRESS);
    char* const end = end_of_a_page();
    CHECK(end != nullptr);
    CHECK(pipe(reinterpret_cast<PipeEnds*>(end - 4)) == BAD_ADDRESS);
    for (int i = 0; i < 7; ++i) // of 16 descriptors two are taken: what was refused has left none
        CHECK(pipe(reinterpret_cast<PipeEnds*>(end - 8)) == 0);
    CHECK(pipe(reinterpret_cast<PipeEnds*>(end - 8)) == failed(ErrorNumber::too_many));
    CHECK(close(15) == 0);
    CHECK(pipe(reinterpret_cast<PipeEnds*>(end - 8)) == failed(ErrorNumber::too_many));
    CHECK(close(14) == 0);
    CHECK(pipe(reinterpret_cast<PipeEnds*>(end - 8)) == 0);
    return 0;
}

int map_pages(std::span<const char* const>) {
    const std::int64_t pages = map(3 * PAGE);
    CHECK(pages > 0);
    CHECK(pages % static_cast<std::int64_t>(PAGE) == 0);
    std::uint64_t* const words = reinterpret_cast<std::uint64_t*>(pages);
    for (std::size_t i = 0; i < 3 * PAGE / 8; ++i) {
        CHECK(words[i] == 0);
        words[i] = i;
    }
    const std::int64_t others = map(PAGE);
    CHECK(others > 0);
    CHECK(*reinterpret_cast<std::uint64_t*>(others) == 0);
    CHECK(unmap(words + PAGE / 8, PAGE) == 0);
    CHECK(words[PAGE / 8 - 1] == PAGE / 8 - 1);
    CHECK(words[2 * PAGE / 8] == 2 * PAGE / 8);
    CHECK(map(0) == failed(ErrorNumber::bad_argument));
    CHECK(map(SIZE_MAX) < 0);
    CHECK(map(std::size_t{1} << 47) < 0);
    CHECK(map(PAGE, static_cast<MapAccess>(2)) == failed(ErrorNumber::bad_argument));
    CHECK(unmap(words + 1, PAGE) == failed(ErrorNumber::bad_argument));
    CHECK(unmap(words, 0) == failed(ErrorNumber::bad_argument));
    for (const std::uint64_t address : FORBIDDEN)
        if (address % PAGE == 0 && address != 0x3000'0000)
            CHECK(unmap(reinterpret_cast<void*>(address), PAGE) == BAD_ADDRESS);
    CHECK(unmap(words, SIZE_MAX & ~(PAGE - 1)) == BAD_ADDRESS);
    CHECK(words[0] == 0);
    return 0;
}

// Reads what it has given back.
int touches_what_it_unmapped(std::span<const char* const>) {
    const std::int64_t page = map(PAGE);
    volatile char* const byte = reinterpret_cast<char*>(page);
    *byte = 1;
    CHECK(unmap(reinterpret_cast<void*>(page), PAGE) == 0);
    return *byte + 1;
}

int transfers(std::span<const char* const>) {
    static char buffer[1000];
    PipeEnds ends;
    CHECK(pipe(&ends) == 0);
    CHECK(write(ends.writer, buffer, sizeof buffer) == 512);
    CHECK(read(ends.reader, buffer, sizeof buffer) == 512);
    // A count has 64 bits, and what is left of some of these in fewer is less than 512.
    constexpr std::uint64_t COUNTS[] = {512,           513,           0x100,      0x1'0000, 0x1'0005,
                                        0x1'0000'0000, 0x1'0000'0007, 1ull << 63, SIZE_MAX};
    for (const std::uint64_t count : COUNTS) {
        const std::int64_t moved = count < 512 ? static_cast<std::int64_t>(count) : 512;
        CHECK(write(ends.writer, buffer, count) == moved);
        CHECK(read(ends.reader, buffer, count) == moved);
    }
    CHECK(write(ends.writer, buffer, 511) == 511);
    CHECK(read(ends.reader, buffer, 510) == 510);
    CHECK(read(ends.reader, buffer, 512) == 1);
    CHECK(read(INPUT, buffer, 0) == 0); // of the console, too
    CHECK(write(OUTPUT, buffer, 0) == 0);
    CHECK(read(ends.reader, buffer, 0) == 0);
    CHECK(write(ends.writer, buffer, 0) == 0);
    return 0;
}

int clock_goes_on(std::span<const char* const>) {
    const std::uint64_t begun = clock();
    CHECK(nanosleep(20'000'000) == 0);
    const std::uint64_t slept = clock() - begun;
    CHECK(slept >= 20'000'000);
    CHECK(slept < 21'000'000);
    // Longer than 32 bits of nanoseconds.
    const std::uint64_t late = clock();
    CHECK(nanosleep((1ull << 32) + 5'000'000) == 0);
    CHECK(clock() - late >= (1ull << 32) + 5'000'000);
    CHECK(clock() - late < (1ull << 32) + 7'000'000);
    CHECK(nanosleep(0) == 0);
    CHECK(system_call(SystemCall::yield) == 0);
    return 0;
}

// Calls of every kind, so many times.
int calls(std::span<const char* const> given) {
    const std::uint32_t pid = getpid();
    for (std::uint64_t left = number_argument(given, 0, 1000); left > 0; --left) {
        CHECK(getpid() == pid);
        CHECK(system_call(static_cast<SystemCall>(77)) == failed(ErrorNumber::bad_call));
        CHECK(write(15, &pid, 4) == failed(ErrorNumber::bad_descriptor));
        CHECK(wait(pid) == failed(ErrorNumber::not_found));
        yield();
    }
    return 0;
}

// The cheapest call there is, so many times.
int null_calls(std::span<const char* const> given) {
    for (std::uint64_t left = number_argument(given, 0, 1000); left > 0; --left)
        system_call(SystemCall::getpid);
    return 0;
}

constexpr Act ACTS[] = {
    {"arguments", arguments},
    {"exits", exits},
    {"numbers", numbers},
    {"descriptors", descriptors},
    {"write_from", write_from},
    {"read_to", read_to},
    {"read_to_fresh", read_to_fresh},
    {"spawn_from", spawn_from},
    {"pipe_to", pipe_to},
    {"map_pages", map_pages},
    {"touches_what_it_unmapped", touches_what_it_unmapped},
    {"transfers", transfers},
    {"clock_goes_on", clock_goes_on},
    {"calls", calls},
    {"null_calls", null_calls},
};

} // namespace

int main(int argument_count, char** arguments) {
    return run_act(ACTS, argument_count, arguments);
}
