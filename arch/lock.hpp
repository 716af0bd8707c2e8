#pragma once

#include "arch/interrupts.hpp"

#include <atomic>
#include <cstdint>

namespace arch {

// A lock that one core holds at a time, for a few instructions; the others wait in the order in which they came, so
// none waits for longer than every other core takes for its turn. Interrupts are off while it is held: a handler that
// wanted it on the holder's own core would wait for ever. Never hold one over a co_await, nor while waiting for another
// core.
class Lock {
public:
    constexpr Lock() = default;
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    friend class LockGuard;

    std::atomic<std::uint32_t> next_ticket_{0};
    std::atomic<std::uint32_t> served_{0};
};

// Holds the lock from here to the end of the scope.
class [[nodiscard]] LockGuard {
public:
    explicit LockGuard(Lock& lock) : lock_{lock}, ticket_{lock.next_ticket_.fetch_add(1, std::memory_order_relaxed)} {
        while (lock_.served_.load(std::memory_order_acquire) != ticket_)
            __builtin_ia32_pause();
    }
    // Only the holder writes it, so it needs no locked instruction.
    ~LockGuard() { lock_.served_.store(ticket_ + 1, std::memory_order_release); }
    LockGuard(const LockGuard&) = delete;
    LockGuard& operator=(const LockGuard&) = delete;

private:
    InterruptGuard interrupts_off_; // before the ticket: a holder that is interrupted lets all others wait
    Lock& lock_;
    std::uint32_t ticket_;
};

} // namespace arch
