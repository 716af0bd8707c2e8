#include "kernel/bench/thread.hpp"

#include "arch/interrupts.hpp"
#include "arch/x86_64/layout.hpp"

#include <new>

extern "C" void thread_switch(std::uint64_t* save, std::uint64_t load);

namespace bench {

namespace {

constinit kernel::List<Thread, &Thread::node> ready;
constinit Thread* running = nullptr;
constinit Thread* ended = nullptr; // off its stack only when the next one runs
constinit std::uint64_t main_stack_pointer = 0;

// The frame that thread_switch leaves and takes.
struct SavedFrame {
    std::uint64_t registers[15];
    std::uint64_t rip, cs, rflags, rsp, ss;
};

void free_ended() {
    if (ended != nullptr)
        ::operator delete(ended);
    ended = nullptr;
}

// Interrupts off: a preemption here would find the queue half changed. Events need no such lock between two waits.
void switch_to_next(std::uint64_t* save) {
    Thread* next = ready.pop_front();
    if (next == running)
        return;
    running = next;
    thread_switch(save, next != nullptr ? next->stack_pointer : main_stack_pointer);
    free_ended();
}

[[noreturn]] void thread_begin() {
    free_ended();
    arch::enable_interrupts();
    running->body(running->word);
    arch::disable_interrupts();
    ended = running;
    switch_to_next(&running->stack_pointer);
    __builtin_unreachable();
}

} // namespace

Thread* thread_spawn(void (*body)(std::uintptr_t word), std::uintptr_t word) {
    void* memory = ::operator new(THREAD_BYTES, std::nothrow);
    if (memory == nullptr)
        return nullptr;
    auto* thread = new (memory) Thread;
    thread->body = body;
    thread->word = word;
    const std::uint64_t top = (reinterpret_cast<std::uint64_t>(memory) + THREAD_BYTES) & ~std::uint64_t{15};
    auto* frame = reinterpret_cast<SavedFrame*>(top - 16 - sizeof(SavedFrame));
    *frame = {.registers = {},
              .rip = reinterpret_cast<std::uint64_t>(&thread_begin),
              .cs = arch::KERNEL_CODE,
              .rflags = 2, // interrupts off, as in every switch
              .rsp = top - 8,
              .ss = arch::KERNEL_DATA};
    thread->stack_pointer = reinterpret_cast<std::uint64_t>(frame);
    const arch::InterruptGuard guard;
    ready.push_back(*thread);
    return thread;
}

Thread* current_thread() {
    return running;
}

void thread_yield() {
    const arch::InterruptGuard guard;
    ready.push_back(*running);
    switch_to_next(&running->stack_pointer);
}

void thread_block() {
    const arch::InterruptGuard guard;
    if (running->wake_pending) {
        running->wake_pending = false;
        return;
    }
    running->is_blocked = true;
    switch_to_next(&running->stack_pointer);
}

void thread_wake(Thread& thread) {
    const arch::InterruptGuard guard;
    if (!thread.is_blocked) {
        thread.wake_pending = true;
        return;
    }
    thread.is_blocked = false;
    ready.push_back(thread);
}

void threads_run() {
    const arch::InterruptGuard guard;
    if (!ready.is_empty())
        switch_to_next(&main_stack_pointer);
}

void thread_destroy(Thread& thread) {
    ::operator delete(&thread);
}

} // namespace bench
