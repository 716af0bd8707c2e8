#pragma once

#include "kernel/lib/format.hpp"
#include "kernel/lib/log.hpp"

#include <cstdint>
#include <span>

// What the kernel says when it dies: the same lines to the console for a person and, behind "# ", to the results port.
namespace kernel {

// One line to both ports, each written whole. What a text of others holds is no reason for a second line: control
// characters become spaces.
template<typename... T>
void report(std::string_view text, const T&... values) {
    char buffer[LINE_BYTES - 4]; // room for what goes around it
    char line[LINE_BYTES];
    const std::string_view words = format(buffer, text, values...);
    for (char& character : std::span{buffer, words.size()})
        if (static_cast<unsigned char>(character) < ' ' || character == '\x7f')
            character = ' ';
    console_write(format(line, "{}\n", words));
    results_write(format(line, "# {}\n", words));
}

// Reports the calls that led to the frame whose saved frame pointer is `frame_pointer`, innermost first, at most 32.
// With `instruction` not 0, that address comes first (a fault's).
void report_backtrace(std::uintptr_t frame_pointer, std::uintptr_t instruction = 0);

// What the layers above add to the end of a report of the kernel's death. Null: nothing.
inline constinit void (*report_more)(Ending why) = nullptr;

// What the machine was doing below an interrupt or exception, so that a panic in a handler shows it too; null is
// nothing.
struct InterruptedCode {
    std::uintptr_t instruction;
    std::uintptr_t frame_pointer;
};

// Of the handler that this core runs, the innermost. Implemented by arch/x86_64/interrupts.cpp.
const InterruptedCode* interrupted_code();

} // namespace kernel
