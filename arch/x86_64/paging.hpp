#pragma once

#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/layout.hpp"

namespace arch {

// Makes the tables below `root` those of this core. They must map the running code and stack.
inline void load_page_table(Physical root) {
    write_cr3(number(root));
}

// The root of those that are.
inline Physical loaded_page_table() {
    return Physical{read_cr3()};
}

// Drops what this core remembers of one page's translation, after its entry changed.
inline void forget_translation(std::uintptr_t address) {
    invlpg(address);
}

} // namespace arch
