#pragma once

#include <cstdint>

// What the machine does that the trace of a traced build (make TRACE=1) wants to know. The machine lies below the
// events, so it does not know who keeps the trace: it tells whoever has asked.
namespace kernel {

#ifdef POLLUX_TRACE
inline constexpr bool TRACING = true;
#else
inline constexpr bool TRACING = false;
#endif

enum class Moment : std::uint8_t {
    interrupt_begins, // of the vector; `where` is the instruction that it interrupted
    interrupt_ends,
    halts, // interrupts are off, and the next instructions turn them on and halt
    test_begins,
    test_ends,
};

// Told of each. Null: nobody.
inline constinit void (*trace_moment)(Moment what, std::uint32_t number, std::uintptr_t where) = nullptr;

// Tells it, in a traced build; in another one nothing of this is in the image. Any context.
inline void note_moment(Moment what, std::uint32_t number = 0, std::uintptr_t where = 0) {
    if constexpr (TRACING)
        if (trace_moment != nullptr)
            trace_moment(what, number, where);
}

} // namespace kernel
