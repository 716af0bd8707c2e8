#pragma once

// kernel/test/test.hpp in the kernel. The harness that runs the cases is kernel/test/harness.cpp.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace test {

// One test, known to the linker: the section "test_cases" is an array of pointers to these.
struct Case {
    const char* suite;
    const char* name;
    const char* file;
    void (*body)();
};

// The seed of this run, from the orders (seed=N), or 1.
std::uint64_t seed();

// Guest instructions retired since power-on where the emulator counts them (-icount), else time-stamp ticks; without
// the time that the core stood still. QEMU 7.2 may end a halt a few ticks late, when its own threads race for it.
std::uint64_t instructions();

// Adds a named figure to the result line of the current test: at most six, each name without spaces, a string literal.
void measure(const char* name, std::uint64_t value);

// The current test's limit of time begins anew: for a test of several equal parts, each of which has it.
void begin_part();

// A value in a failure report: kept small, so that a report needs no heap.
struct Value {
    enum class Kind : std::uint8_t { signed_number, unsigned_number, boolean, character, pointer, text, event, other };
    Kind kind;
    std::uint64_t bits;
};

// What a failed expectation shows of a value. A type of your own has its own `value_of`, beside it in its namespace.
template<typename T>
Value value_of(const T& value) {
    if constexpr (std::same_as<T, bool>)
        return {Value::Kind::boolean, value};
    else if constexpr (std::same_as<T, char>)
        return {Value::Kind::character, static_cast<unsigned char>(value)};
    else if constexpr (std::is_null_pointer_v<T>)
        return {Value::Kind::pointer, 0};
    else if constexpr (std::same_as<std::decay_t<T>, const char*> || std::same_as<std::decay_t<T>, char*>)
        return {Value::Kind::text, reinterpret_cast<std::uint64_t>(static_cast<const char*>(value))};
    else if constexpr (std::is_pointer_v<T>)
        return {Value::Kind::pointer, reinterpret_cast<std::uint64_t>(value)};
    else if constexpr (std::is_enum_v<T>)
        return {Value::Kind::unsigned_number, static_cast<std::uint64_t>(value)};
    else if constexpr (std::signed_integral<T>)
        return {Value::Kind::signed_number, static_cast<std::uint64_t>(static_cast<std::int64_t>(value))};
    else if constexpr (std::unsigned_integral<T>)
        return {Value::Kind::unsigned_number, value};
    else
        return {Value::Kind::other, 0};
}

// One expectation in the source, and how often it was evaluated in this run. Known to the linker, as the section
// "expectations"; the grader looks at it from outside: a test that passes without what it asks was not played.
struct Expectation {
    const char* file;
    unsigned line;
    unsigned played;
    const char* function; // whether it stands in the test itself, or in a helper of it
};

// Notes one failed expectation of the current test and reports it. `relation` is the text between expected and value,
// as in "at most ", empty for equality.
void expectation_failed(const char* file, unsigned line, const char* text, const char* relation, Value expected,
                        Value got);

} // namespace test

// clang-format off
#define TEST(suite_, name_)                                                                                            \
    static void test_##suite_##_##name_();                                                                             \
    static constexpr test::Case case_##suite_##_##name_{#suite_, #name_, __FILE__, test_##suite_##_##name_};           \
    [[gnu::used, gnu::retain, gnu::section("test_cases")]]                                                             \
    static constinit const test::Case* const entry_##suite_##_##name_ = &case_##suite_##_##name_;                      \
    static void test_##suite_##_##name_()

#define POLLUX_PLAY()                                                                                                  \
    [[gnu::used, gnu::section("expectations")]]                                                                        \
    static constinit test::Expectation pollux_expectation{__FILE__, __LINE__, 0, __func__};                            \
    ++pollux_expectation.played

#define POLLUX_COMPARE(macro, relation, actual, operator_, expected, after)                                            \
    do {                                                                                                               \
        const auto& pollux_actual = (actual);                                                                          \
        const auto& pollux_expected = (expected);                                                                      \
        POLLUX_PLAY();                                                                                                 \
        if (!(pollux_actual operator_ pollux_expected)) {                                                              \
            using test::value_of;                                                                                      \
            test::expectation_failed(__FILE__, __LINE__, macro "(" #actual ", " #expected ")", relation,               \
                                     value_of(pollux_expected), value_of(pollux_actual));                              \
            after;                                                                                                     \
        }                                                                                                              \
    } while (false)

#define EXPECT_EQ(actual, expected) POLLUX_COMPARE("EXPECT_EQ", "", actual, ==, expected, )
#define EXPECT_NE(actual, expected) POLLUX_COMPARE("EXPECT_NE", "anything but ", actual, !=, expected, )
#define EXPECT_LT(actual, expected) POLLUX_COMPARE("EXPECT_LT", "less than ", actual, <, expected, )
#define EXPECT_LE(actual, expected) POLLUX_COMPARE("EXPECT_LE", "at most ", actual, <=, expected, )
#define EXPECT_GT(actual, expected) POLLUX_COMPARE("EXPECT_GT", "more than ", actual, >, expected, )
#define EXPECT_GE(actual, expected) POLLUX_COMPARE("EXPECT_GE", "at least ", actual, >=, expected, )
#define REQUIRE_EQ(actual, expected) POLLUX_COMPARE("REQUIRE_EQ", "", actual, ==, expected, return)
#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        const bool pollux_held = static_cast<bool>(condition);                                                         \
        POLLUX_PLAY();                                                                                                 \
        if (!pollux_held)                                                                                              \
            test::expectation_failed(__FILE__, __LINE__, "EXPECT(" #condition ")", "",                                 \
                                     test::value_of(true), test::value_of(false));                                     \
    } while (false)
#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        const bool pollux_held = static_cast<bool>(condition);                                                         \
        POLLUX_PLAY();                                                                                                 \
        if (!pollux_held) {                                                                                            \
            test::expectation_failed(__FILE__, __LINE__, "REQUIRE(" #condition ")", "",                                \
                                     test::value_of(true), test::value_of(false));                                     \
            return;                                                                                                    \
        }                                                                                                              \
    } while (false)
// clang-format on
