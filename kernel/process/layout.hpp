#pragma once

#include <cstdint>

// Where things lie in a process.
//
//   0x10000     USER_BEGIN   below it nothing is ever mapped
//               programs, where their ELF files want to lie, up to PROGRAM_END
//   0x3ffe0000  PROGRAM_END  nothing: the stack's guard
//   0x3fff0000  STACK_BEGIN  the stack
//   0x40000000  STACK_END    a guard page, then what map_anywhere finds, up to USER_END
//
// Program and stack lie in one GiB, so that they share all tables but the lowest.
namespace process {

inline constexpr std::uint64_t STACK_BYTES = 64 << 10;
inline constexpr std::uint64_t STACK_END = 0x4000'0000;
inline constexpr std::uint64_t STACK_BEGIN = STACK_END - STACK_BYTES;
inline constexpr std::uint64_t PROGRAM_END = STACK_BEGIN - STACK_BYTES;

} // namespace process
