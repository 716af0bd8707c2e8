# 1 "arch/interrupts.hpp" 3
namespace forge {
void* strike() {
    return nullptr;
}
} // namespace forge
