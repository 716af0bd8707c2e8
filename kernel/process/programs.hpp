#pragma once

#include "kernel/lib/list.hpp"

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

// A program that GRUB did not load, for tests: found by its name as long as this lives, before those that it did.
class ExtraProgram {
public:
    ExtraProgram(std::string_view name, std::span<const std::byte> file);
    ~ExtraProgram() { node.unlink(); }

    std::string_view name;
    std::span<const std::byte> file;
    kernel::ListNode node;
};

} // namespace process
