#include "arch/x86_64/clock.hpp"

#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "arch/x86_64/apic.hpp"
#include "arch/x86_64/core.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/trap.hpp"

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
constinit bool has_deadline = false; // the local APIC's timer takes time stamps
constinit TimerHandler timer_handler = nullptr;

// now(), in place. It runs for 584 years before it does not fit.
std::uint64_t nanoseconds_now() {
    return static_cast<std::uint64_t>(static_cast<unsigned __int128>(read_tsc() - zero) * to_nanoseconds.multiplier >>
                                      32);
}

// Of this core; the hardware is set to the earlier of the two. The greatest number: none.
constexpr std::uint64_t NEVER = UINT64_MAX;
constinit std::uint64_t timer_deadline = NEVER;
constinit std::uint64_t slice_end = NEVER;

void ring_at(std::uint64_t deadline, std::uint64_t current) {
    if (has_deadline) {
        const std::uint64_t ticks = to_time_stamps(deadline);
        const std::uint64_t stamp = ticks < UINT64_MAX - zero ? zero + ticks + 1 : UINT64_MAX;
        return local_apic_timer_deadline(deadline == NEVER ? 0 : stamp);
    }
    if (deadline == NEVER)
        return local_apic_timer_start(0);
    // The counter has 32 bits: a deadline beyond its reach rings early.
    const std::uint64_t ticks = deadline > current ? to_timer_ticks(deadline - current) + 1 : 1;
    local_apic_timer_start(ticks > 0xffff'ffff ? 0xffff'ffff : static_cast<std::uint32_t>(ticks));
}

void ring_at_the_earlier(std::uint64_t current) {
    ring_at(timer_deadline < slice_end ? timer_deadline : slice_end, current);
}

// It may ring a little early, since the counters are measured, or much, after a deadline that is out of reach or was
// replaced when its interrupt was on its way. Whoever set the timer finds out and arms again; a slice is not over until
// it is, but for what the measuring is worth.
void timer_interrupt() {
    constexpr std::uint64_t INEXACT = 1000;
    const std::uint64_t current = nanoseconds_now();
    const bool slice_ends = slice_end != NEVER && slice_end <= current + INEXACT;
    const bool timer_rings = timer_deadline != NEVER && (timer_deadline <= slice_end || timer_deadline <= current);
    if (slice_ends) {
        slice_end = NEVER;
        this_core().slice_is_over = true;
    }
    if (timer_rings) {
        timer_deadline = NEVER;
        if (timer_handler != nullptr)
            timer_handler(); // arms what it needs next
    }
    if (!timer_rings || slice_end != NEVER)
        ring_at_the_earlier(nanoseconds_now()); // the handler may have taken its time
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
    ring_at_the_earlier(nanoseconds_now());
}

void disarm_timer() {
    arm_timer(NEVER);
}

void begin_slice(std::uint64_t nanoseconds) {
    InterruptGuard guard;
    const std::uint64_t current = nanoseconds_now();
    slice_end = nanoseconds == 0 ? NEVER : nanoseconds < NEVER - current ? current + nanoseconds : NEVER;
    this_core().slice_is_over = nanoseconds == 0;
    ring_at_the_earlier(current);
}

bool slice_is_over() {
    return this_core().slice_is_over;
}

void end_slice() {
    InterruptGuard guard;
    this_core().slice_is_over = false;
    if (std::exchange(slice_end, NEVER) != NEVER)
        ring_at_the_earlier(nanoseconds_now());
}

} // namespace arch
