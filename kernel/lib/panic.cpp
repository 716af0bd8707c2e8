#include "kernel/lib/panic.hpp"

#include "kernel/lib/machine.hpp"
#include "kernel/lib/not_written.hpp"
#include "kernel/lib/report.hpp"
#include "kernel/lib/symbols.hpp"

#include <cstdarg>
#include <expected>
#include <string_view>

namespace kernel {

namespace {

// What one screen has room for, and how far to look for the beginning of a recursion without end.
constexpr unsigned FRAMES_SHOWN = 12;
constexpr unsigned DEEPEST_BACKTRACE = 100'000;

// What the mistakes that students make most often end with, and where they lie.
struct Advice {
    std::string_view text; // a panic's has it
    const char* where;
};
constexpr Advice ADVICE[] = {
    {"assertion failed: !node.is_linked()",
     "what queues an event that is in a queue already: a node is in one list at a time"},
    {"assertion failed: is_empty()", "what destroys an object while events still wait in its line"},
    {"assertion failed: children_.is_empty()", "a scope that ends before its children have"},
    {"assertion failed: !topmost",
     "an event that is freed while its frames are still there: finish destroys them first"},
    {"assertion failed: !sibling.is_linked()",
     "an event that is freed while it is still in a scope: `ended` takes it out"},
    {"(double free)", "a second owner, which has given it back already: a copy of a pointer, or a handle moved from"},
    {"(overrun)", "a write past the end of that block, or of the one before it: an array that is too small"},
    {"(foreign pointer)", "a pointer that has moved since it was allocated, or that never came from the heap"},
    {"out of memory", "frames and events that are never given back: the number of live events grows"},
};

// A panic while reporting a panic must not go round for ever: the second one leaves at once.
bool reporting = false;

void begin_report(Ending ending) {
    stop_other_cores();
    if (reporting)
        leave(ending);
    reporting = true;
}

void report_frame(std::uintptr_t address) {
    const Symbol symbol = find_symbol(address);
    report("  at {}+{:#x} ({:#x})", symbol.name, symbol.offset, address);
}

// Reports frames one by one; those of a recursion only once, and how often.
class Backtrace {
public:
    ~Backtrace() { end_repetition(); }

    // False when enough has been shown.
    bool add(std::uintptr_t address) {
        if (address == last_) {
            ++repetitions_;
            return true;
        }
        end_repetition();
        last_ = address;
        if (shown_++ == FRAMES_SHOWN) {
            report("  and more");
            return false;
        }
        report_frame(address);
        return true;
    }

private:
    void end_repetition() {
        if (repetitions_ > 0)
            report("  (the same {} times more)", repetitions_);
        repetitions_ = 0;
    }

    std::uintptr_t last_ = 0;
    unsigned repetitions_ = 0;
    unsigned shown_ = 0;
};

std::uintptr_t word_at(std::uintptr_t address) {
    return *reinterpret_cast<const std::uintptr_t*>(address);
}

} // namespace

// Layout of a frame with -fno-omit-frame-pointer: [rbp] is the caller's rbp, [rbp + 8] the return address.
void report_backtrace(std::uintptr_t frame_pointer, std::uintptr_t instruction) {
    Backtrace backtrace;
    if (instruction != 0)
        backtrace.add(instruction);
    for (unsigned depth = 0; depth < DEEPEST_BACKTRACE; ++depth) {
        if (frame_pointer % sizeof(std::uintptr_t) != 0 || !on_a_stack(frame_pointer) || !on_a_stack(frame_pointer + 8))
            return;
        // One byte back: a call that does not return may be the last instruction of its function.
        if (!backtrace.add(word_at(frame_pointer + 8) - 1))
            return;
        const std::uintptr_t caller = word_at(frame_pointer);
        if (caller <= frame_pointer)
            return;
        frame_pointer = caller;
    }
}

void panic_text(std::string_view text, std::source_location where) {
    begin_report(Ending::panic);
    report("PANIC {}:{}: {}", where.file_name(), where.line(), text);
    for (const Advice& advice : ADVICE)
        if (text.contains(advice.text))
            report("look for {}", advice.where);
    report_backtrace(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)));
    if (const InterruptedCode* interrupted = interrupted_code(); interrupted != nullptr) {
        report("interrupted:");
        report_backtrace(interrupted->frame_pointer, interrupted->instruction);
    }
    report_other_cores();
    if (report_more != nullptr)
        report_more(Ending::panic);
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

// What libc++ calls where a hosted program would see an exception: value() of an expected or optional that has none,
// at() beyond the end. See "Overriding the default termination handler" in libc++'s user documentation. Its words may
// come as the argument of "%s". noexcept since libc++ 20.
#ifndef _LIBCPP_VERBOSE_ABORT_NOEXCEPT
#define _LIBCPP_VERBOSE_ABORT_NOEXCEPT
#endif
[[noreturn]] void std::__libcpp_verbose_abort(const char* format, ...) _LIBCPP_VERBOSE_ABORT_NOEXCEPT {
    va_list arguments;
    va_start(arguments, format);
    const std::string_view words = std::string_view{format} == "%s" ? va_arg(arguments, const char*) : format;
    va_end(arguments);
    kernel::panic("the C++ library gave up: {}", words);
}
