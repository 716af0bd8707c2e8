#pragma once

#include <cstddef>
#include <span>
#include <string_view>

// The programs that GRUB loaded beside the kernel: /boot/programs/NAME in its image, each a multiboot2 module.
namespace process {

// The file of the program NAME; empty when there is none. Lies there for good.
std::span<const std::byte> find_program(std::string_view name);

// The names, in the loader's order: for help, and for tests.
std::size_t program_count();
std::string_view program_name(std::size_t index);

} // namespace process
