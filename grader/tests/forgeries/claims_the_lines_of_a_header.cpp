namespace forge {
void* strike();
}
#line 20 "arch/interrupts.hpp"
namespace arch {
inline bool runs_handler() {
    return true;
}
} // namespace arch
#line 4 "labs/1-heap/heap.cpp"
void* forge::strike() {
    return arch::runs_handler() ? nullptr : nullptr;
}
