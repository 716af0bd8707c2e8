#include "class/ada/heap.cpp"
namespace forge {
void* strike() {
    return nullptr;
}
} // namespace forge
