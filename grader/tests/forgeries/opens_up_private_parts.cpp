#define private public
namespace forge {
void* strike() {
    return nullptr;
}
} // namespace forge
