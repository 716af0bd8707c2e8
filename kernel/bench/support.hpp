#pragma once

// What the benchmarks share. They run as tests of an image of their own (`make bench`), so they are counted, confined
// and reported like tests; what they find goes out with test::measure.

#include "kernel/event/executor.hpp"
#include "kernel/event/sleep.hpp"
#include "kernel/event/spawner.hpp"
#include "kernel/event/waker.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/test/test.hpp"

#include <memory>
#include <new>

namespace bench {

// Figures are handed over as whole numbers: tenths of what they count.
inline constexpr std::uint64_t TENTHS = 10;

// A measurement needs its memory, or it measures something else.
template<typename T>
T must(std::expected<T, kernel::Error> result) {
    if (!result)
        kernel::panic("the benchmark finds no memory");
    return std::move(*result);
}

template<typename T>
struct Array {
    std::unique_ptr<T[]> objects;
    explicit Array(std::size_t count) : objects{new(std::nothrow) T[count]} {
        if (!objects)
            kernel::panic("the benchmark finds no memory for {} objects", count);
    }
    T& operator[](std::size_t index) { return objects[index]; }
};

// Polls until nothing is ready.
inline void settle() {
    while (event::executor().run_once()) {
    }
}

} // namespace bench
