#pragma once

#include "arch/cores.hpp"
#include "arch/x86_64/instructions.hpp"

// For tests that use more than one core. On a machine with one, there is nothing to run elsewhere.
namespace test {

// Runs `work` on that core and returns when it has.
inline void run_on(unsigned core, void (*work)()) {
    arch::run_on_core(core, work);
    while (!arch::is_core_idle(core))
        arch::spin_pause();
}

// The same on all cores but this one, at once; `own`, if not null, on this one meanwhile.
inline void run_on_all(void (*work)(), void (*own)() = nullptr) {
    for (unsigned core = 1; core < arch::core_count(); ++core)
        arch::run_on_core(core, work);
    if (own != nullptr)
        own();
    for (unsigned core = 1; core < arch::core_count(); ++core)
        while (!arch::is_core_idle(core))
            arch::spin_pause();
}

} // namespace test
