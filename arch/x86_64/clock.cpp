#include "arch/x86_64/clock.hpp"

#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "arch/x86_64/apic.hpp"
#include "arch/x86_64/core.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/trap.hpp"
#include "kernel/lib/panic.hpp"

#include <algorithm>
#include <atomic>

namespace arch {

namespace {

constexpr std::uint64_t NANOSECONDS = 1'000'000'000;
constexpr std::uint64_t PIT_FREQUENCY = 1'193'182;
constexpr std::uint16_t PIT_COUNT = PIT_FREQUENCY / 100; // what one measurement waits for: 10 ms
constexpr std::uint16_t PIT_CHANNEL_2 = 0x42;
constexpr std::uint16_t PIT_COMMAND = 0x43;
constexpr std::uint16_t PORT_B = 0x61; // bit 0: gate of channel 2, bit 1: speaker, bit 5: output of channel 2

// A number of ticks as nanoseconds and back: value * multiplier / 2^32, without a division on the hot path. What does
// not fit is the greatest number: a deadline at the end of time must not come at once. A multiplier is good to one part
// in 10^8 or better: what is scaled are spans of time, never a moment, whose error would grow for as long as the
// machine is up.
struct Scale {
    std::uint64_t multiplier;
    std::uint64_t operator()(std::uint64_t value) const {
        const unsigned __int128 scaled = static_cast<unsigned __int128>(value) * multiplier >> 32;
        return scaled > UINT64_MAX ? UINT64_MAX : static_cast<std::uint64_t>(scaled);
    }
    // For a value whose result fits.
    std::uint64_t of_small(std::uint64_t value) const {
        return static_cast<std::uint64_t>(static_cast<unsigned __int128>(value) * multiplier >> 32);
    }
};

constinit std::uint64_t frequency = 0;
constinit Scale to_nanoseconds{0};
constinit Scale to_time_stamps{0};
constinit Scale to_timer_ticks{0};
constinit std::uint64_t timer_reach = 0; // nanoseconds that the local APIC's counter can count, or a few less
constinit std::uint32_t while_ticks = 0; // of a WHILE, or a few less
constinit bool has_deadline = false;     // the local APIC's timer takes time stamps

// Of this core. Time stamps of different cores may differ: `zero` is the same moment on all of them.
PER_CORE constinit PerCore<std::uint64_t> zero{0};
PER_CORE constinit PerCore<std::uint64_t> ahead{0}; // its time stamps of core 0's: clock_start_core
PER_CORE constinit PerCore<TimerHandler> timer_handler{nullptr};

// now(), in place. It runs for 584 years before it does not fit.
std::uint64_t nanoseconds_now() {
    return to_nanoseconds.of_small(read_tsc() - zero);
}

// Of this core. The greatest number: none.
constexpr std::uint64_t NEVER = UINT64_MAX;
constexpr std::uint64_t WHILE = 1'000'000; // ring_after_a_while
PER_CORE constinit PerCore<std::uint64_t> timer_deadline{NEVER};
PER_CORE constinit PerCore<std::uint64_t> slice_end{NEVER};
PER_CORE constinit PerCore<std::uint64_t> slice_begin{0};
// When the hardware rings, or a little after. Never later than the two deadlines, but earlier when the one that it was
// set for has been taken back or has come: to set it costs more than an interrupt now and then that finds nothing due.
// Exact while the core stands still (clock_before_halt).
PER_CORE constinit PerCore<std::uint64_t> alarm{NEVER};

std::uint64_t earlier_deadline() {
    return std::min<std::uint64_t>(timer_deadline, slice_end);
}

// Gives when it rings. The counter has 32 bits: a deadline beyond its reach is for the interrupt to find not due.
std::uint64_t start_counting_to(std::uint64_t deadline) {
    const std::uint64_t current = nanoseconds_now();
    const std::uint64_t left = deadline > current ? deadline - current : 0;
    if (left < timer_reach) {
        local_apic_timer_start(static_cast<std::uint32_t>(to_timer_ticks.of_small(left)) + 1);
        return deadline;
    }
    local_apic_timer_start(deadline == NEVER ? 0 : ~0U);
    return deadline == NEVER ? NEVER : current + timer_reach;
}

// Has it ring for the earlier deadline and nothing else.
[[gnu::noinline]] void ring_in_time() {
    InterruptGuard guard;
    const std::uint64_t deadline = earlier_deadline();
    if (!has_deadline) {
        alarm = start_counting_to(deadline);
        return;
    }
    alarm = deadline;
    // From here on, not from zero on: a stamp that comes early is past at the next look, and rings at once, again and
    // again until it is due.
    const std::uint64_t stamp_now = read_tsc();
    const std::uint64_t current = to_nanoseconds.of_small(stamp_now - zero);
    const std::uint64_t ticks = to_time_stamps(deadline > current ? deadline - current : 0);
    const std::uint64_t stamp = ticks < UINT64_MAX - stamp_now ? stamp_now + ticks + 1 : UINT64_MAX;
    local_apic_timer_deadline(deadline == NEVER ? 0 : stamp);
}

// For a counter that has rung and is silent now, before its handler arms for the next deadline. Mostly something nearer
// is asked for, or the core halts, long before that: it need not be counted out now. To set the counter to always the
// same costs a store, and a core that is still busy then an interrupt. It rings before its alarm, so what is due after
// that is not missed. Interrupts off.
void ring_after_a_while(std::uint64_t current) {
    if (has_deadline) {
        alarm = NEVER;
        return;
    }
    alarm = current + WHILE;
    local_apic_timer_start(while_ticks);
}

// It may ring a little early, since the counters are measured, or much, after a deadline that is out of reach, was
// taken back or was not known yet. Whoever set the timer finds out and arms again; a slice is not over until it is, but
// for what the measuring is worth. In a slice it is set exactly: ring 3 is interrupted for nothing but what is due.
void timer_interrupt() {
    constexpr std::uint64_t INEXACT = 1000;
    const std::uint64_t current = nanoseconds_now();
    if (slice_end <= current + INEXACT) {
        slice_end = NEVER;
        this_core().slice_is_over = true;
    }
    const bool is_due = timer_deadline <= current || (timer_deadline == alarm && alarm != NEVER);
    if (!is_due) {
        alarm = NEVER;
        if (earlier_deadline() != NEVER)
            ring_in_time();
        return;
    }
    timer_deadline = NEVER;
    if (slice_end == NEVER)
        ring_after_a_while(current);
    else
        ring_in_time();
    if (const TimerHandler handler = timer_handler; handler != nullptr)
        handler(current); // arms what it needs next
    if (timer_deadline == NEVER)
        ring_in_time(); // which is silence, or the end of the slice
}

// What the counters did while the 8254 counted down from PIT_COUNT.
struct Measurement {
    std::uint64_t time_stamps = UINT64_MAX; // the greatest number: the 8254 does not count
    std::uint64_t timer_ticks = 0;
};

// Intel 8254 data sheet: channel 2, mode 0, its output rises when the count has run out, which begins with the last
// byte written: a port takes a microsecond on a PC. Many a PC of late has the 8254's clock turned off to save power.
Measurement measure_once() {
    constexpr std::uint64_t TOO_LONG = 1 << 28; // time stamps: more than 10 ms at any frequency that there is
    out8(PORT_B, static_cast<std::uint8_t>((in8(PORT_B) & ~0x02) | 0x01));
    out8(PIT_COMMAND, 0xb0); // channel 2, both bytes, mode 0
    out8(PIT_CHANNEL_2, PIT_COUNT & 0xff);
    out8(PIT_CHANNEL_2, PIT_COUNT >> 8);
    const std::uint64_t begin = read_tsc();
    const std::uint32_t timer_begin = local_apic_timer_remaining();
    while ((in8(PORT_B) & 0x20) == 0)
        if (read_tsc() - begin > TOO_LONG)
            return {};
    return {read_tsc() - begin, timer_begin - local_apic_timer_remaining()};
}

// The shortest of three: what comes between (the firmware's own interrupts, the host of a virtual machine) makes one
// longer, never shorter.
Measurement measure() {
    Measurement shortest;
    for (int i = 0; i < 3; ++i)
        if (const Measurement next = measure_once(); next.time_stamps < shortest.time_stamps)
            shortest = next;
    return shortest;
}

// What the processor itself says of its time-stamp counter (SDM volume 2, CPUID leaves 0x15 and 0x16); 0: nothing.
std::uint64_t stated_frequency() {
    const std::uint32_t last_leaf = cpuid(0).eax;
    const CpuidResult ratio = last_leaf >= 0x15 ? cpuid(0x15) : CpuidResult{};
    if (ratio.eax != 0 && ratio.ebx != 0 && ratio.ecx != 0)
        return std::uint64_t{ratio.ecx} * ratio.ebx / ratio.eax;
    return last_leaf >= 0x16 ? std::uint64_t{cpuid(0x16).eax & 0xffff} * 1'000'000 : 0;
}

// The ticks of the local APIC's timer in 10 ms of the time-stamp counter.
std::uint64_t timer_ticks_in(std::uint64_t time_stamps) {
    const std::uint64_t begin = read_tsc();
    const std::uint32_t timer_begin = local_apic_timer_remaining();
    while (read_tsc() - begin < time_stamps) {
    }
    return timer_begin - local_apic_timer_remaining();
}

std::uint64_t a_second_of(std::uint64_t measured) {
    return measured * PIT_FREQUENCY / PIT_COUNT;
}

} // namespace

void clock_initialise() {
    has_deadline = local_apic_timer_has_deadline();
    const bool counts_down = !has_deadline;
    if (counts_down)
        local_apic_timer_start(~std::uint32_t{0});
    const Measurement measured = measure();
    std::uint64_t timer_frequency = a_second_of(measured.timer_ticks);
    if (measured.time_stamps != UINT64_MAX) {
        frequency = a_second_of(measured.time_stamps);
    } else {
        frequency = stated_frequency();
        if (frequency == 0)
            kernel::panic("no clock: the 8254 does not count, and the processor does not state its frequency");
        timer_frequency = timer_ticks_in(frequency / 100) * 100;
    }
    to_nanoseconds = {(NANOSECONDS << 32) / frequency};
    // The reciprocal, rounded up: a deadline that has come by its time stamp has come by now().
    to_time_stamps = {UINT64_MAX / to_nanoseconds.multiplier + 1};
    if (counts_down) {
        local_apic_timer_start(0);
        to_timer_ticks = {(timer_frequency << 32) / NANOSECONDS};
        while_ticks = static_cast<std::uint32_t>(to_timer_ticks(WHILE - WHILE / 8));
        timer_reach = (std::uint64_t{~std::uint32_t{0}} << 32) / (to_timer_ticks.multiplier + 1);
    }
    set_interrupt_handler(TIMER, timer_interrupt);
    clock_restart();
}

void clock_restart() {
    const std::uint64_t stamp = read_tsc();
    for (unsigned index = 0; core(index) != nullptr; ++index)
        zero.of(index) = stamp + ahead.of(index);
}

void clock_start_core(std::uint64_t time_stamps_ahead) {
    ahead = time_stamps_ahead;
    zero = zero.of(0) + time_stamps_ahead;
}

std::uint64_t time_stamp_frequency() {
    return frequency;
}

std::uint64_t time_stamp() {
    return read_tsc();
}
std::uint64_t now() {
    return nanoseconds_now();
}

TimerHandler set_timer_handler(TimerHandler handler) {
    const TimerHandler before = timer_handler;
    timer_handler = handler;
    return before;
}

// The timer's interrupt may come between any two steps here and in begin_slice; the fences keep these in their order.
// Once a deadline is stored, it is this one that the interrupt sets the alarm for.
void arm_timer(std::uint64_t deadline) {
    timer_deadline = deadline;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (deadline <= alarm) // a while's alarm is no exact one
        ring_in_time();
}

void disarm_timer() {
    arm_timer(NEVER);
}
std::uint64_t awaited_deadline() {
    return timer_deadline;
}

void clock_before_halt() {
    if (alarm < earlier_deadline())
        ring_in_time();
}

// Every turn comes by here, so it leaves interrupts as they are. Once slice_end is stored, it is this slice's end that
// an interrupt notes.
void begin_slice(std::uint64_t nanoseconds) {
    slice_begin = nanoseconds_now();
    slice_end = nanoseconds < NEVER - slice_begin ? slice_begin + nanoseconds : NEVER;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    this_core().slice_is_over = nanoseconds == 0;
    if (slice_end < alarm) [[unlikely]]
        ring_in_time();
}

bool slice_is_over() {
    return this_core().slice_is_over;
}

std::uint64_t end_slice() {
    slice_end = NEVER;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    this_core().slice_is_over = false;
    return nanoseconds_now() - slice_begin;
}

} // namespace arch
