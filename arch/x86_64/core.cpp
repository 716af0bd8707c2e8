#include "arch/x86_64/core.hpp"

#include "arch/x86_64/layout.hpp"
#include "kernel/lib/machine.hpp"

namespace arch {

namespace {

bool lies_on(const Stack& stack, std::uintptr_t address) {
    return address >= stack.begin && address + sizeof(std::uintptr_t) <= stack.top;
}

} // namespace

// Where a core's variables lie follows from its number, which it has when it runs.
std::uintptr_t per_core_offset_of(unsigned index) {
    return index == 0 ? 0 : variables_of_core(index) - reinterpret_cast<std::uintptr_t>(per_core_begin);
}

Core* core(unsigned index) {
    return index < running_cores.load(std::memory_order_acquire) ? own_core.of(index).self : nullptr;
}

const char* guarded_stack(std::uintptr_t address) {
    constexpr const char* NAMES[STACK_COUNT] = {"kernel stack", "double fault stack", "NMI stack",
                                                "machine check stack"};
    for (unsigned index = 0; const Core* each = core(index); ++index)
        for (unsigned number = 0; number < STACK_COUNT; ++number)
            if (address >= each->stacks[number].begin - PAGE_BYTES && address < each->stacks[number].begin)
                return NAMES[number];
    return nullptr;
}

} // namespace arch

bool kernel::on_a_stack(std::uintptr_t address) {
    for (unsigned index = 0; const arch::Core* each = arch::core(index); ++index)
        for (const arch::Stack& stack : each->stacks)
            if (arch::lies_on(stack, address))
                return true;
    return false;
}
