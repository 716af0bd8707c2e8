#pragma once

#include "arch/x86_64/layout.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

// 4-level page tables (Intel SDM volume 3, section 4.5). Given.
namespace page_table {

// What a page allows. Nothing is ever both writable and executable: there is no way to say it, and the direct map shows
// the image's code and constants as they are, not to be written.
enum class Access : std::uint8_t { read, read_write, read_execute, device };

enum class Error : std::uint8_t { out_of_memory, already_mapped };

// Replaces the boot tables by the kernel's own: the image with the permissions of its parts, the guard pages left out,
// all memory at DIRECT_MAP_BASE. After frame::initialise, once, interrupts off.
void initialise();

// The kernel's own tables, whose lower half is empty: what a core without a process has loaded.
arch::Physical kernel_root();

// Maps one page of the kernel half, in one of the parts that arch/x86_64/layout.hpp names. `address` and `frame` are
// multiples of PAGE_BYTES. Interrupts off or on.
std::expected<void, Error> map(std::uintptr_t address, arch::Physical frame, Access access);

// Takes the mapping of one page away and returns the frame that was there; nothing when there was none.
std::optional<arch::Physical> unmap(std::uintptr_t address);

// The physical address of a mapped virtual one, large pages included.
std::optional<arch::Physical> translate(std::uintptr_t address);

// Maps `bytes` (a multiple of PAGE_BYTES) of fresh frames from `address` on, readable and writable. On an error nothing
// stays.
std::expected<void, Error> map_fresh(std::uintptr_t address, std::size_t bytes);

} // namespace page_table
