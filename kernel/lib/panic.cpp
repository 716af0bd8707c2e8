#include "kernel/lib/panic.hpp"

#include "kernel/lib/machine.hpp"
#include "kernel/lib/not_written.hpp"
#include "kernel/lib/report.hpp"
#include "kernel/lib/symbols.hpp"

namespace kernel {

namespace {

constexpr int DEEPEST_BACKTRACE = 32;

const InterruptedCode* interrupted_code = nullptr;

// A panic while reporting a panic must not go round for ever: the second one leaves at once.
bool reporting = false;

void begin_report(Ending ending) {
    if (reporting)
        leave(ending);
    reporting = true;
}

void report_frame(std::uintptr_t address) {
    const Symbol symbol = find_symbol(address);
    report("  at {}+{:#x} ({:#x})", symbol.name, symbol.offset, address);
}

std::uintptr_t word_at(std::uintptr_t address) {
    return *reinterpret_cast<const std::uintptr_t*>(address);
}

} // namespace

const InterruptedCode* set_interrupted_code(const InterruptedCode* code) {
    const InterruptedCode* before = interrupted_code;
    interrupted_code = code;
    return before;
}

// Layout of a frame with -fno-omit-frame-pointer: [rbp] is the caller's rbp, [rbp + 8] the return address.
void report_backtrace(std::uintptr_t frame_pointer, std::uintptr_t instruction) {
    if (instruction != 0)
        report_frame(instruction);
    for (int depth = 0; depth < DEEPEST_BACKTRACE; ++depth) {
        if (frame_pointer % sizeof(std::uintptr_t) != 0 || !on_a_stack(frame_pointer) || !on_a_stack(frame_pointer + 8))
            return;
        // One byte back: a call that does not return may be the last instruction of its function.
        report_frame(word_at(frame_pointer + 8) - 1);
        const std::uintptr_t caller = word_at(frame_pointer);
        if (caller <= frame_pointer)
            return;
        frame_pointer = caller;
    }
}

void panic_text(std::string_view text, std::source_location where) {
    begin_report(Ending::panic);
    report("PANIC {}:{}: {}", where.file_name(), where.line(), text);
    report_backtrace(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)));
    if (interrupted_code != nullptr) {
        report("interrupted:");
        report_backtrace(interrupted_code->frame_pointer, interrupted_code->instruction);
    }
    if (report_more != nullptr)
        report_more();
    leave(Ending::panic);
}

void not_written(const char* function) {
    begin_report(Ending::not_written);
    report("NOT WRITTEN {}", function);
    report_backtrace(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)));
    leave(Ending::not_written);
}

} // namespace kernel

// What the compiler calls for a pure virtual function that is called while its object is being made or destroyed.
extern "C" [[noreturn]] void __cxa_pure_virtual() {
    kernel::panic("pure virtual function called");
}

// What libstdc++ calls for value() of an expected or optional that has none.
extern "C" [[noreturn]] void abort() {
    kernel::panic("abort: value() of something that holds none");
}

// What libstdc++ calls where a hosted program would see an exception.
namespace std {
void __throw_out_of_range_fmt(const char* text, ...) {
    kernel::panic("out of range: {}", text);
}
} // namespace std
