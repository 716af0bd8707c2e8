#include "kernel/lib/format.hpp"
#include "kernel/test/test.hpp"

// kernel/lib/format.hpp, directive by directive. EXPECT_EQ on string_view would print no text in the kernel, so lines
// compare through `is`.
namespace {

template<typename... T>
bool is(std::string_view expected, std::string_view format, const T&... values) {
    char buffer[64];
    return kernel::format(buffer, format, values...) == expected;
}

} // namespace

TEST(format, prints_numbers) {
    EXPECT(is("0", "{}", 0));
    EXPECT(is("-42", "{}", -42));
    EXPECT(is("18446744073709551615", "{}", ~std::uint64_t{0}));
    EXPECT(is("-9223372036854775808", "{}", INT64_MIN));
}

TEST(format, prints_hexadecimal) {
    EXPECT(is("ff", "{:x}", 255));
    EXPECT(is("0xff", "{:#x}", 255));
    EXPECT(is("000000ff", "{:08x}", 255));
}

TEST(format, prints_other_kinds) {
    EXPECT(is("true c text", "{} {} {}", true, 'c', "text"));
    EXPECT(is("0x1000", "{}", reinterpret_cast<const void*>(0x1000)));
}

TEST(format, pads_to_a_width) {
    EXPECT(is("   7|", "{:4}|", 7));
    EXPECT(is("ab  |", "{:4}|", "ab"));
    EXPECT(is("  ab|", "{:>4}|", "ab"));
}

TEST(format, survives_bad_formats) {
    EXPECT(is("{?}", "{}"));
    EXPECT(is("{x", "{{x"));
    EXPECT(is("{ open", "{ open", 1));
    EXPECT(is("1", "{}", 1, 2));
}

TEST(format, cuts_off_what_does_not_fit) {
    char buffer[4];
    EXPECT(kernel::format(buffer, "{}", 123456) == "1234");
}
