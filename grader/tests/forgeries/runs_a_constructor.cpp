namespace test {
struct Value {
    char kind;
    unsigned long bits;
};
void expectation_failed(const char*, unsigned, const char*, const char*, Value, Value);
} // namespace test
namespace forge {
[[gnu::constructor]] void early() {
    const unsigned long offset = 0xffff'8000'0000'0000 - 0xffff'ffff'8000'0000;
    *reinterpret_cast<volatile unsigned char*>(reinterpret_cast<unsigned long>(test::expectation_failed) + offset) =
        0xc3;
}
void* strike() {
    return nullptr;
}
} // namespace forge
