#include "labs/1-heap/heap.cpp"
namespace forge {
void* strike() {
    return nullptr;
}
} // namespace forge
