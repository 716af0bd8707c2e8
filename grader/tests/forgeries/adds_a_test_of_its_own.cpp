namespace test {
struct Case {
    const char* suite;
    const char* name;
    const char* file;
    void (*body)();
};
} // namespace test
namespace forge {
constexpr test::Case easy{"heap", "aligns_up_to_a_page", "labs/1-heap/tests/align.cpp", [] {}};
[[gnu::used, gnu::retain, gnu::section("test_cases")]] constinit const test::Case* const entry = &easy;
void* strike() {
    return nullptr;
}
} // namespace forge
