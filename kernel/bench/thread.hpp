#pragma once

#include "kernel/lib/list.hpp"

#include <cstddef>
#include <cstdint>

// The other way to build a kernel, for comparison: preemptible threads, each with a stack of its own and all registers
// saved at each switch. Only as much of them as the benchmarks need; nothing else in Pollux uses them.
namespace bench {

// What most small kernels give a thread; xv6 and Pintos give a page as well.
inline constexpr std::size_t THREAD_STACK_BYTES = 4096;

// One thread. Lies at the low end of its stack's allocation.
struct Thread {
    kernel::ListNode node;           // in the ready queue
    std::uint64_t stack_pointer = 0; // while it does not run: see thread_switch.asm
    void (*body)(std::uintptr_t word) = nullptr;
    std::uintptr_t word = 0; // its argument
    bool is_blocked = false;
    bool wake_pending = false; // woken before it blocked
};

// Makes a ready thread; null without memory. One allocation. Never from a handler.
Thread* thread_spawn(void (*body)(std::uintptr_t word), std::uintptr_t word);

// The bytes of one thread's allocation.
inline constexpr std::size_t THREAD_BYTES = sizeof(Thread) + THREAD_STACK_BYTES;

// The thread that runs; null outside of threads_run.
Thread* current_thread();

// Lets the next ready thread run; the caller stays ready.
void thread_yield();

// Stops until thread_wake; at once when it came before.
void thread_block();
void thread_wake(Thread& thread);

// Runs threads until none is ready, then returns. Those that are blocked stay.
void threads_run();

// Frees a thread that is blocked.
void thread_destroy(Thread& thread);

} // namespace bench
