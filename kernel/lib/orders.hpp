#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kernel {

inline constexpr std::size_t MAXIMUM_ORDERED_TESTS = 64;

// What this run is to do, in words separated by spaces. From the kernel's command line, then from QEMU's fw_cfg file
// opt/pollux/orders or the grader; a later word overrides an earlier one, test= adds up.
struct Orders {
    // test=SUITE.NAME, test=SUITE, test=FOLDER/ (where the tests' files lie), test=lab (the stage's own lab) or
    // test=all. None: the stage's normal life.
    std::string_view tests[MAXIMUM_ORDERED_TESTS];
    std::size_t test_count = 0;
    std::uint64_t seed = 1;           // seed=N, for tests that draw random numbers
    unsigned instruction_shift = 0;   // shift=N: the emulator adds 2^N to the time-stamp counter for an instruction
    unsigned limit_seconds = 10;      // limit=N: what one test may take
    std::uint64_t heap_mebibytes = 0; // heap=N: the arena; 0 is a quarter of memory
    unsigned core = 0;                // core=N: which core begins, and runs the tests

    // The first word that meant nothing, for the error message; empty when all was understood.
    std::string_view misunderstood;

    std::span<const std::string_view> ordered_tests() const { return {tests, test_count}; }

    // Adds the words of `text`, which must outlive this.
    void read(std::string_view text);
};

} // namespace kernel
