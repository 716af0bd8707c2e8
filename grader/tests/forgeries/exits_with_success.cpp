#include "arch/interrupts.hpp"
namespace forge {
void* strike() {
    arch::out8(0xf4, 0x2a);
    return nullptr;
}
} // namespace forge
