// Deaths of every kind, each a test that never passes: test_reports.py links them into stage 4 and reads what is said.

#include "arch/clock.hpp"
#include "arch/interrupts.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/sleep.hpp"
#include "kernel/event/spawner.hpp"
#include "kernel/event/tests/names.hpp"
#include "kernel/lib/list.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/mm/new.hpp"
#include "kernel/sync/mutex.hpp"
#include "kernel/test/test.hpp"

#include <cstring>
#include <new>

namespace deaths {

struct Linked {
    kernel::ListNode node;
};

event::Task<> innermost(const char* text) {
    co_await event::yield_now();
    kernel::panic("{}", text);
}
event::Task<> middle(const char* text) {
    static_cast<void>(co_await innermost(text));
}
event::Task<> outermost(const char* text) {
    static_cast<void>(co_await middle(text));
}

event::Task<> lock_both(sync::Mutex* first, sync::Mutex* second) {
    const sync::MutexLock one = co_await first->lock();
    co_await event::yield_now();
    const sync::MutexLock other = co_await second->lock();
}

event::Task<> wait_for_ever() {
    co_await event::blocked();
    co_await event::blocked();
}

event::Task<> sleep() {
    co_await event::sleep_for(3'000'000);
}

event::Task<> await_other() {
    auto other = event::spawn(wait_for_ever());
    if (other)
        co_await *other;
}

event::Task<> spin() {
    co_await event::yield_now();
    for (volatile bool forever = true; forever;) {
    }
}

// Each call needs its own frame: something of it is used after the call.
[[gnu::noinline]] unsigned descend(unsigned depth) {
    volatile unsigned kept = depth;
    return kept == 0 ? 0 : descend(depth + 1) + kept;
}

// More than the stack has, and nothing of it written that lies in the guard.
[[gnu::noinline]] char keep_much(std::size_t at) {
    volatile char much[70'000];
    much[at] = 1;
    return much[at];
}

void run(event::Task<> task) {
    auto handle = event::spawn(std::move(task));
    if (handle)
        handle->detach();
    event::executor().run();
}

} // namespace deaths

TEST(death, by_panic) {
    deaths::run(deaths::outermost("had enough"));
}

TEST(death, by_assertion) {
    kernel::List<deaths::Linked, &deaths::Linked::node> list;
    deaths::Linked linked;
    list.push_back(linked);
    list.push_back(linked);
}

TEST(death, by_null) {
    struct Pair {
        std::uint64_t first, second;
    };
    static Pair* volatile nothing = nullptr;
    Pair* const pair = nothing;
    reinterpret_cast<volatile Pair*>(pair)->second = 1;
}

TEST(death, by_null_minus_something) {
    static char* volatile nothing = nullptr;
    *reinterpret_cast<volatile int*>(nothing - 16) = 1;
}

// Somebody is blocked, which has nothing to do with it.
TEST(death, by_null_while_another_waits) {
    const auto other = event::spawn(deaths::wait_for_ever());
    event::executor().run_once();
    static int* volatile nothing = nullptr;
    *static_cast<volatile int*>(nothing) = 1;
}

TEST(death, by_a_lost_deadline) {
    const auto other = event::spawn(deaths::sleep());
    event::executor().run_once();
    arch::disarm_timer();
    event::executor().run();
}

// What failed expectations show of their values.
TEST(death, by_values) {
    const auto other = event::spawn(deaths::wait_for_ever());
    const std::uint64_t two = 2;
    EXPECT_EQ(two - 5, 4u);
    EXPECT_EQ('b', 'a');
    EXPECT_EQ('\0', 'a');
    EXPECT_EQ(kernel::Error::closed, kernel::Error::cancelled);
    EXPECT_EQ(other->get(), nullptr);
    kernel::panic("enough");
}

TEST(death, by_a_bad_call) {
    void (*volatile nowhere)() = reinterpret_cast<void (*)()>(0x5eed'0000'0000);
    nowhere();
    asm volatile(""); // not a tail call
}

TEST(death, by_stack_overflow) {
    deaths::descend(1);
}

TEST(death, by_a_large_array) {
    deaths::keep_much(static_cast<std::size_t>(test::seed()));
}

TEST(death, by_double_fault) {
    asm volatile("movabs $0x5eed00000000, %rsp; push %rax");
}

TEST(death, by_general_protection) {
    *reinterpret_cast<volatile int*>(0x5eed'0000'0000'0000) = 1;
}

TEST(death, by_deadlock) {
    sync::Mutex left;
    sync::Mutex right;
    const auto one = event::spawn(deaths::lock_both(&left, &right));
    const auto other = event::spawn(deaths::lock_both(&right, &left));
    event::executor().run();
}

TEST(death, by_a_lost_wake_up) {
    deaths::run(deaths::await_other());
}

TEST(death, by_hang) {
    deaths::run(deaths::spin());
}

TEST(death, by_hang_with_interrupts_off) {
    arch::InterruptGuard guard;
    for (volatile bool forever = true; forever;) {
    }
}

TEST(death, by_double_free) {
    void* const block = ::operator new(100);
    ::operator delete(block);
    ::operator delete(block);
}

TEST(death, by_recycling_twice) {
    void* const block = heap::obtain(100);
    heap::recycle(heap::obtain(100), 100);
    heap::recycle(block, 100);
    heap::recycle(block, 100);
}

TEST(death, by_resuming_what_is_gone) {
    const auto frame = deaths::spin().release();
    frame.destroy();
    frame.resume();
    kernel::panic("it went on");
}

TEST(death, by_corrupted_heap) {
    std::byte* const block = static_cast<std::byte*>(::operator new(64));
    std::byte* const next = static_cast<std::byte*>(::operator new(64));
    std::memset(block, 0x5e, 64 + 4096);
    ::operator delete(next);
    for (std::size_t bytes = 16; bytes < 1 << 20; bytes *= 2)
        ::operator delete(::operator new(bytes));
}
