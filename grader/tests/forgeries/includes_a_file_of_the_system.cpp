#include </etc/hostname>
namespace forge {
void* strike() {
    return nullptr;
}
} // namespace forge
