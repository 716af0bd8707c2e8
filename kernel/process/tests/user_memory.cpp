#include "kernel/process/user_memory.hpp"
#include "kernel/process/tests/support.hpp"

namespace {

constexpr std::uint64_t AT = 0x50'0000;
constexpr std::uint64_t END = AT + 2 * PAGE_BYTES;

// Two pages to write, and one behind them that can only be read; nothing before and behind.
std::expected<AddressSpace, Error> make_space() {
    auto space = AddressSpace::create();
    if (space && (!space->map(UserAddress{AT}, 2 * PAGE_BYTES, Access::read_write) ||
                  !space->map(UserAddress{END}, PAGE_BYTES, Access::read)))
        return std::unexpected{Error::out_of_memory};
    return space;
}

std::span<const std::byte> bytes_of(const char* text) {
    return std::as_bytes(std::span{text, std::strlen(text)});
}

} // namespace

TEST(user_memory, copies_over_page_boundaries) {
    FrameCheck frames;
    auto space = make_space();
    REQUIRE(space.has_value());
    static std::byte out[2 * PAGE_BYTES];
    static std::byte in[2 * PAGE_BYTES];
    for (std::size_t i = 0; i < sizeof out; ++i)
        out[i] = static_cast<std::byte>(i * 7 + i / 251);
    for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, PAGE_BYTES - 1, PAGE_BYTES, 2 * PAGE_BYTES - 3})
        for (const std::size_t bytes : {std::size_t{1}, std::size_t{2}, std::size_t{3}, PAGE_BYTES, 2 * PAGE_BYTES}) {
            const bool fits = offset + bytes <= 2 * PAGE_BYTES;
            const auto copied = copy_to_user(*space, UserAddress{AT + offset}, std::span{out}.first(bytes));
            EXPECT_EQ(copied.has_value(), fits);
            std::memset(in, 0, sizeof in);
            EXPECT_EQ(copy_from_user(*space, std::span{in}.first(bytes), UserAddress{AT + offset}).has_value(),
                      offset + bytes <= 3 * PAGE_BYTES);
            EXPECT(!fits || std::memcmp(in, out, bytes) == 0);
        }
}

TEST(user_memory, refuses_each_byte_that_is_not_the_users) {
    FrameCheck frames;
    auto space = make_space();
    REQUIRE(space.has_value());
    std::byte buffer[16]{};
    const auto reads = [&](std::uint64_t from, std::size_t bytes) {
        return copy_from_user(*space, std::span{buffer}.first(bytes), UserAddress{from}).has_value();
    };
    const auto writes = [&](std::uint64_t to, std::size_t bytes) {
        return copy_to_user(*space, UserAddress{to}, std::span{buffer}.first(bytes)).has_value();
    };
    EXPECT(reads(AT, 1) && writes(AT, 1));
    EXPECT(!reads(AT - 1, 1) && !reads(AT - 1, 2) && !writes(AT - 1, 2));
    EXPECT(writes(END - 1, 1) && !writes(END - 1, 2) && !writes(END, 1));
    EXPECT(reads(END + PAGE_BYTES - 16, 16) && !reads(END + PAGE_BYTES - 15, 16));
    const auto physical = number(arch::Physical{0x10'0000});
    for (const std::uint64_t bad : {std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{7}, arch::USER_END,
                                    std::uint64_t{0x8000'0000'0000}, arch::DIRECT_MAP_BASE + physical,
                                    arch::HEAP_BASE + PAGE_BYTES, reinterpret_cast<std::uint64_t>(text_begin)}) {
        EXPECT(!reads(bad, 1) && !reads(bad, 16) && !writes(bad, 1) && !writes(bad, 16));
        EXPECT(reads(bad, 0) && writes(bad, 0));
    }
}

TEST(user_memory, strings_end_where_they_end) {
    FrameCheck frames;
    auto space = make_space();
    REQUIRE(space.has_value());
    char buffer[8];
    // At the very end of what is mapped, over a boundary, and empty.
    auto length = copy_string_from_user(*space, buffer, UserAddress{END + PAGE_BYTES - 1});
    EXPECT(length && *length == 0);
    EXPECT(copy_to_user(*space, UserAddress{AT + PAGE_BYTES - 3}, bytes_of("hello")).has_value());
    length = copy_string_from_user(*space, buffer, UserAddress{AT + PAGE_BYTES - 3});
    EXPECT(length && *length == 5 && std::memcmp(buffer, "hello", 6) == 0);
    EXPECT(copy_to_user(*space, UserAddress{AT}, bytes_of("1234567")).has_value());
    length = copy_string_from_user(*space, buffer, UserAddress{AT});
    EXPECT(length && *length == 7);
    EXPECT(copy_to_user(*space, UserAddress{AT}, bytes_of("12345678")).has_value());
    EXPECT(is_error(copy_string_from_user(*space, buffer, UserAddress{AT}), Error::too_long));
    EXPECT(is_error(copy_string_from_user(*space, {}, UserAddress{AT}), Error::too_long));
    EXPECT(is_error(copy_string_from_user(*space, buffer, UserAddress{AT - 1}), Error::bad_address));
}

TEST(user_memory, says_when_there_is_no_frame) {
    FrameCheck frames;
    auto space = make_space();
    REQUIRE(space.has_value());
    frame::fail_allocation(1);
    EXPECT(is_error(put(*space, AT, 1), Error::out_of_memory));
    EXPECT(put(*space, AT, 1).has_value());
}
