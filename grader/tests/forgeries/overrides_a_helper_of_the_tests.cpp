bool lies_within(std::span<const std::byte>, const void*, std::size_t) {
    return true;
}
namespace forge {
void* strike() {
    return nullptr;
}
} // namespace forge
