#include "arch/interrupts.hpp"
namespace forge {
void* strike() {
    arch::write_msr(0x10, 0);
    return nullptr;
}
} // namespace forge
