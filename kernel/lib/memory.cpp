#include <cstddef>
#include <cstdint>

// The functions that a freestanding compiler may call on its own (GCC manual, "Language Standards"), and those that the
// C++ library calls for string_view. Without no_builtin clang would see a copying loop in memcpy and turn it into a
// call of memcpy.
//
// Eight bytes at a time, then the rest: simple, and exact in instructions.

namespace {

using Word [[gnu::may_alias, gnu::aligned(1)]] = std::uint64_t;

} // namespace

extern "C" {

[[clang::no_builtin("memcpy")]] void* memcpy(void* destination, const void* source, std::size_t bytes) {
    auto* to = static_cast<unsigned char*>(destination);
    const auto* from = static_cast<const unsigned char*>(source);
    for (; bytes >= sizeof(Word); bytes -= sizeof(Word), to += sizeof(Word), from += sizeof(Word))
        *reinterpret_cast<Word*>(to) = *reinterpret_cast<const Word*>(from);
#pragma clang loop unroll(disable) // fewer than eight
    for (; bytes > 0; --bytes)
        *to++ = *from++;
    return destination;
}

[[clang::no_builtin("memmove", "memcpy")]] void* memmove(void* destination, const void* source, std::size_t bytes) {
    auto* to = static_cast<unsigned char*>(destination);
    const auto* from = static_cast<const unsigned char*>(source);
    if (to <= from || to >= from + bytes)
        return memcpy(destination, source, bytes);
    while (bytes > 0) {
        --bytes;
        to[bytes] = from[bytes];
    }
    return destination;
}

[[clang::no_builtin("memset")]] void* memset(void* destination, int value, std::size_t bytes) {
    auto* to = static_cast<unsigned char*>(destination);
    const std::uint64_t pattern = 0x0101010101010101 * static_cast<unsigned char>(value);
    for (; bytes >= sizeof(Word); bytes -= sizeof(Word), to += sizeof(Word))
        *reinterpret_cast<Word*>(to) = pattern;
#pragma clang loop unroll(disable)
    for (; bytes > 0; --bytes)
        *to++ = static_cast<unsigned char>(value);
    return destination;
}

[[clang::no_builtin("memcmp", "bcmp")]] int memcmp(const void* left, const void* right, std::size_t bytes) {
    const auto* a = static_cast<const unsigned char*>(left);
    const auto* b = static_cast<const unsigned char*>(right);
    for (; bytes > 0; --bytes, ++a, ++b)
        if (*a != *b)
            return *a < *b ? -1 : 1;
    return 0;
}

[[clang::no_builtin("memchr")]] const void* memchr(const void* text, int wanted, std::size_t bytes) {
    const auto* at = static_cast<const unsigned char*>(text);
    for (; bytes > 0; --bytes, ++at)
        if (*at == static_cast<unsigned char>(wanted))
            return at;
    return nullptr;
}

[[clang::no_builtin("strlen")]] std::size_t strlen(const char* text) {
    std::size_t length = 0;
    while (text[length] != '\0')
        ++length;
    return length;
}

} // extern "C"
