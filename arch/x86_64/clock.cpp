#include "arch/x86_64/clock.hpp"

#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "arch/x86_64/apic.hpp"
#include "arch/x86_64/core.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/trap.hpp"

#include <atomic>
#include <utility>

namespace arch {

namespace {

constexpr std::uint64_t NANOSECONDS = 1'000'000'000;
constexpr std::uint64_t CALIBRATIONS_PER_SECOND = 100;
constexpr std::uint64_t PIT_FREQUENCY = 1'193'182;
constexpr std::uint16_t PIT_CHANNEL_2 = 0x42;
constexpr std::uint16_t PIT_COMMAND = 0x43;
constexpr std::uint16_t PORT_B = 0x61; // bit 0: gate of channel 2, bit 1: speaker, bit 5: output of channel 2

// A number of ticks as nanoseconds and back: value * multiplier / 2^32, without a division on the hot path. What does
// not fit is the greatest number: a deadline at the end of time must not come at once.
struct Scale {
    std::uint64_t multiplier;
    std::uint64_t operator()(std::uint64_t value) const {
        const unsigned __int128 scaled = static_cast<unsigned __int128>(value) * multiplier >> 32;
        return scaled > UINT64_MAX ? UINT64_MAX : static_cast<std::uint64_t>(scaled);
    }
};

constinit std::uint64_t frequency = 0;
constinit std::uint64_t zero = 0;
constinit Scale to_nanoseconds{0};
constinit Scale to_time_stamps{0};
constinit Scale to_timer_ticks{0};
constinit std::uint64_t timer_reach = 0; // nanoseconds that the local APIC's counter can count, or a few less
constinit bool has_deadline = false;     // the local APIC's timer takes time stamps
constinit TimerHandler timer_handler = nullptr;

// now(), in place. It runs for 584 years before it does not fit.
std::uint64_t nanoseconds_now() {
    return static_cast<std::uint64_t>(static_cast<unsigned __int128>(read_tsc() - zero) * to_nanoseconds.multiplier >>
                                      32);
}

// Of this core. The greatest number: none.
constexpr std::uint64_t NEVER = UINT64_MAX;
constinit std::uint64_t timer_deadline = NEVER;
constinit std::uint64_t slice_end = NEVER;
constinit std::uint64_t slice_begin = 0;
// What the hardware is set to. Never later than the two deadlines, but earlier when the one that it was set for has
// been taken back: to set it costs more than an interrupt now and then that finds nothing due. Exact while the core
// stands still (clock_before_halt).
constinit std::uint64_t alarm = NEVER;

std::uint64_t earlier_deadline() {
    return timer_deadline < slice_end ? timer_deadline : slice_end;
}

void ring_at(std::uint64_t deadline) {
    alarm = deadline;
    if (has_deadline) {
        const std::uint64_t ticks = to_time_stamps(deadline);
        const std::uint64_t stamp = ticks < UINT64_MAX - zero ? zero + ticks + 1 : UINT64_MAX;
        return local_apic_timer_deadline(deadline == NEVER ? 0 : stamp);
    }
    if (deadline == NEVER)
        return local_apic_timer_start(0);
    // The counter has 32 bits: a deadline beyond its reach rings early.
    const std::uint64_t current = nanoseconds_now();
    const std::uint64_t left = deadline > current ? deadline - current : 0;
    local_apic_timer_start(left < timer_reach ? static_cast<std::uint32_t>(to_timer_ticks(left)) + 1 : ~0U);
}

[[gnu::noinline]] void ring_in_time() {
    InterruptGuard guard;
    if (const std::uint64_t deadline = earlier_deadline(); deadline < alarm)
        ring_at(deadline);
}

// It may ring a little early, since the counters are measured, or much, after a deadline that is out of reach or was
// taken back. Whoever set the timer finds out and arms again; a slice is not over until it is, but for what the
// measuring is worth.
void timer_interrupt() {
    constexpr std::uint64_t INEXACT = 1000;
    const std::uint64_t current = nanoseconds_now();
    const std::uint64_t rung = std::exchange(alarm, NEVER);
    if (slice_end != NEVER && slice_end <= current + INEXACT) {
        slice_end = NEVER;
        this_core().slice_is_over = true;
    }
    if (timer_deadline != NEVER && (timer_deadline <= current || timer_deadline == rung)) {
        timer_deadline = NEVER;
        if (timer_handler != nullptr)
            timer_handler(); // arms what it needs next
    }
    ring_in_time();
}

// Intel 8254 data sheet: channel 2, mode 0, its output rises when the count has run out.
void wait_one_calibration_period() {
    constexpr std::uint16_t COUNT = PIT_FREQUENCY / CALIBRATIONS_PER_SECOND;
    out8(PORT_B, static_cast<std::uint8_t>((in8(PORT_B) & ~0x02) | 0x01));
    out8(PIT_COMMAND, 0xb0); // channel 2, both bytes, mode 0
    out8(PIT_CHANNEL_2, COUNT & 0xff);
    out8(PIT_CHANNEL_2, COUNT >> 8);
    while ((in8(PORT_B) & 0x20) == 0) {
    }
}

} // namespace

void clock_initialise() {
    has_deadline = local_apic_timer_has_deadline();
    const bool counts_down = !has_deadline;
    if (counts_down)
        local_apic_timer_start(~std::uint32_t{0});
    const std::uint64_t begin = read_tsc();
    wait_one_calibration_period();
    frequency = (read_tsc() - begin) * CALIBRATIONS_PER_SECOND;
    to_nanoseconds = {(NANOSECONDS << 32) / frequency};
    to_time_stamps = {(frequency / 1000 << 32) / (NANOSECONDS / 1000)};
    if (counts_down) {
        const std::uint64_t ticks = (~std::uint32_t{0} - local_apic_timer_remaining()) * CALIBRATIONS_PER_SECOND;
        local_apic_timer_start(0);
        to_timer_ticks = {(ticks << 32) / NANOSECONDS};
        timer_reach = (std::uint64_t{~std::uint32_t{0}} << 32) / (to_timer_ticks.multiplier + 1);
    }
    set_interrupt_handler(TIMER, timer_interrupt);
    clock_restart();
}

void clock_restart() {
    zero = read_tsc();
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
    return std::exchange(timer_handler, handler);
}

void arm_timer(std::uint64_t deadline) {
    InterruptGuard guard;
    timer_deadline = deadline;
    if (deadline < alarm)
        ring_at(deadline);
}

void disarm_timer() {
    arm_timer(NEVER);
}

void clock_before_halt() {
    if (const std::uint64_t deadline = earlier_deadline(); alarm < deadline)
        ring_at(deadline);
}

// Every turn comes by here, so it leaves interrupts as they are: one of the timer's may come between any two steps, and
// the fences keep these in their order. Once slice_end is stored, it is this slice's end that an interrupt notes, and
// that it sets the alarm for.
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
