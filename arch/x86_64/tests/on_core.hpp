#pragma once

#include "arch/cores.hpp"
#include "arch/x86_64/instructions.hpp"

// For tests that use more than one core. On a machine with one, there is nothing to run elsewhere.
namespace test {

inline void wait_for(unsigned core) {
    while (!arch::is_core_idle(core))
        arch::spin_pause();
}

// Runs `work` on that core and returns when it has.
inline void run_on(unsigned core, void (*work)()) {
    arch::run_on_core(core, work);
    wait_for(core);
}

// For each core but this one that serves: core 0 does when the tests run on another (core=N).
template<typename Use>
void for_each_other(Use use) {
    for (unsigned core = 0; core < arch::core_count(); ++core)
        if (core != arch::this_core_number() && arch::is_core_idle(core))
            use(core);
}

// `work` on all of these at once; `own`, if not null, on this one meanwhile.
inline void run_on_all(void (*work)(), void (*own)() = nullptr) {
    for_each_other([work](unsigned core) { arch::run_on_core(core, work); });
    if (own != nullptr)
        own();
    for (unsigned core = 0; core < arch::core_count(); ++core)
        if (core != arch::this_core_number())
            wait_for(core);
}

} // namespace test
