#include "arch/interrupts.hpp"

#include "arch/clock.hpp"
#include "arch/console_input.hpp"
#include "arch/host/machine.hpp"

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <utility>

// The machine of a host test: one core, whose interrupts and time are pretended. An interrupt comes at a boundary, that
// is where interrupts come on again, which is where a real one that came while they were off would come.
namespace arch {

namespace {

bool enabled = true;
bool in_handler = false;
std::uint64_t current_time = 0;
std::uint64_t armed_deadline = UINT64_MAX;
std::uint64_t interrupts = 0;
std::uint64_t halts = 0;
std::uint64_t halted = 0;
TimerHandler timer_handler = nullptr;
void (*boundary_handler)() = nullptr;
std::deque<void (*)()> pending; // raised while interrupts were off

void run_handler(void (*handler)()) {
    ++interrupts;
    enabled = false;
    in_handler = true;
    handler();
    in_handler = false;
    enabled = true;
}

// Whether there was one.
bool take_pending() {
    const bool any = !pending.empty();
    while (!pending.empty()) {
        void (*const handler)() = pending.front();
        pending.pop_front();
        run_handler(handler);
    }
    return any;
}

void take_due_timer() {
    if (armed_deadline > current_time)
        return;
    armed_deadline = UINT64_MAX;
    if (timer_handler != nullptr)
        run_handler([] { timer_handler(now()); });
}

} // namespace

bool interrupts_enabled() {
    return enabled;
}

void disable_interrupts() {
    // A pretended interrupt just before: the last moment at which it can come.
    if (enabled && !in_handler && boundary_handler != nullptr)
        run_handler(boundary_handler);
    enabled = false;
}

void enable_interrupts() {
    enabled = true;
    if (in_handler)
        return;
    take_pending();
    take_due_timer();
    if (boundary_handler != nullptr)
        run_handler(boundary_handler);
}

bool in_interrupt_handler() {
    return in_handler;
}

void wait_for_interrupt() {
    ++halts;
    enabled = true;
    if (take_pending()) {
        enabled = false;
        return;
    }
    if (boundary_handler != nullptr) {
        run_handler(boundary_handler);
    } else if (armed_deadline == UINT64_MAX) {
        std::fprintf(stderr, "halted with no timer armed and no interrupt to come: the kernel would hang here\n");
        std::abort();
    }
    if (armed_deadline != UINT64_MAX) {
        if (armed_deadline > current_time) {
            halted += armed_deadline - current_time;
            current_time = armed_deadline;
        }
        take_due_timer();
    }
    enabled = false;
}

std::uint64_t interrupt_count() {
    return interrupts;
}
std::uint64_t halt_count() {
    return halts;
}
std::uint64_t halted_ticks() {
    return halted;
}

// Reading the time takes time, so that whoever polls the clock gets somewhere.
std::uint64_t now() {
    constexpr std::uint64_t READING_TAKES = 20;
    return current_time += READING_TAKES;
}
std::uint64_t time_stamp() {
    return current_time;
}
TimerHandler set_timer_handler(TimerHandler handler) {
    return std::exchange(timer_handler, handler);
}
void arm_timer(std::uint64_t deadline) {
    armed_deadline = deadline;
}
void disarm_timer() {
    armed_deadline = UINT64_MAX;
}
std::uint64_t awaited_deadline() {
    return armed_deadline;
}

} // namespace arch

namespace host {

void advance_time(std::uint64_t nanoseconds) {
    arch::current_time += nanoseconds;
    if (arch::enabled && !arch::in_handler)
        arch::take_due_timer();
}
void set_boundary_handler(void (*handler)()) {
    arch::boundary_handler = handler;
}
std::uint64_t armed_deadline() {
    return arch::armed_deadline;
}
void interrupt(void (*handler)()) {
    if (arch::enabled)
        arch::run_handler(handler);
    else
        arch::pending.push_back(handler);
}

} // namespace host

// The console of the pretended machine: with the loopback on, whatever a test sends arrives.
namespace {

void (*byte_handler)(char) = nullptr;

} // namespace

void arch::enable_console_input(void (*handler)(char byte)) {
    byte_handler = handler;
}

void arch::set_console_loopback(bool) {}

void host::console_receive(char byte) {
    static std::deque<char> arriving; // one for each interrupt that is to come
    arriving.push_back(byte);
    interrupt([] {
        const char next = arriving.front();
        arriving.pop_front();
        byte_handler(next);
    });
}
