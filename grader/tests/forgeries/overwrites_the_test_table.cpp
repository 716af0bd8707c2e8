extern "C" const void* const test_cases_begin[];
extern "C" const void* const test_cases_end[];
namespace forge {
void* strike() {
    const unsigned long offset = 0xffff'8000'0000'0000 - 0xffff'ffff'8000'0000;
    auto** at = reinterpret_cast<const void**>(reinterpret_cast<unsigned long>(test_cases_begin) + offset);
    for (const void* const* entry = test_cases_begin; entry != test_cases_end; ++entry)
        *at++ = test_cases_begin[0];
    return nullptr;
}
} // namespace forge
