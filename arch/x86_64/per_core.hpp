#pragma once

#include <cstdint>
#include <type_traits>

#define PER_CORE [[gnu::section(".per_core")]]

// The linker collects the variables of PER_CORE in one section (kernel.ld). Core 0 uses that section itself, and every
// other core a copy of what it held at the beginning:
//
//     core 0:   per_core_begin | own_core | handler_depth | executor … | per_core_end         in the image
//     core k:                  | own_core | handler_depth | executor … |                      at CORES_BASE
//              <------------ per_core_offset of core k ------------->
//
// GS is that distance, and PER_CORE_BASE on top, which is taken off again where a variable is named: `gs:[variable -
// PER_CORE_BASE]` is this core's own, in one instruction. The constant is there so that GS is never 0 in the kernel,
// nor in the lower half: an NMI tells by it whose GS it finds (traps.asm).
namespace arch {

inline constexpr std::uintptr_t PER_CORE_BASE = 0xffff'ffff'c000'0000; // layout.inc repeats it

template<typename T>
class PerCore {
public:
    constexpr PerCore() = default;
    constexpr explicit PerCore(T value) : value_{value} {}
    PerCore(const PerCore&) = delete;
    PerCore& operator=(const PerCore&) = delete;

    // A load or a store by GS. The compiler takes it for one of memory, so nothing is remembered over a co_await.
    operator T() const
        requires std::is_scalar_v<T>
    {
        return *own();
    }
    PerCore& operator=(T value)
        requires std::is_scalar_v<T>
    {
        *own() = value;
        return *this;
    }

    T& operator*();
    T* operator->() { return &**this; }
    T& of(unsigned core);

private:
    using Own = T __attribute__((address_space(256))); // relative to GS
    Own* own() const { return reinterpret_cast<Own*>(reinterpret_cast<std::uintptr_t>(&value_) - PER_CORE_BASE); }

    T value_{};
};

// From core 0's variables to this core's, in bytes.
extern constinit PerCore<std::uintptr_t> per_core_offset;
std::uintptr_t per_core_offset_of(unsigned core);

template<typename T>
T& PerCore<T>::operator*() {
    return *reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(&value_) + per_core_offset);
}

template<typename T>
T& PerCore<T>::of(unsigned core) {
    return *reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(&value_) + per_core_offset_of(core));
}

} // namespace arch
