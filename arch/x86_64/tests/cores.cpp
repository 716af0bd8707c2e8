#include "arch/cores.hpp"
#include "arch/clock.hpp"
#include "arch/handler.hpp"
#include "arch/interrupts.hpp"
#include "arch/lock.hpp"
#include "arch/x86_64/core.hpp"
#include "arch/x86_64/tests/on_core.hpp"
#include "kernel/lib/machine.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/test/test.hpp"

#include <algorithm>
#include <atomic>

// The cores of the machine, however many there are. grader/tests/test_cores.py runs these with one, two, four and
// eight.
namespace {

using arch::core_count;
using arch::MAXIMUM_CORES;

constinit bool ran[MAXIMUM_CORES]{};

TEST(cores, each_runs_what_it_is_given) {
    for (bool& each : ran)
        each = false;
    unsigned expected = 0;
    test::for_each_other([&expected](unsigned core) {
        test::run_on(core, [] {
            EXPECT(arch::interrupts_enabled());
            EXPECT(!arch::in_interrupt_handler());
            ran[arch::this_core_number()] = true;
        });
        EXPECT(ran[core]);
        ++expected;
        EXPECT_EQ(static_cast<unsigned>(std::ranges::count(ran, true)), expected);
    });
    EXPECT_EQ(expected, core_count() - 1);
}

PER_CORE constinit arch::PerCore<std::uint64_t> count{42};
PER_CORE constinit arch::PerCore<const char*> text{"at first"};
struct Pair {
    unsigned first = 1;
    unsigned second = 2;
};
PER_CORE constinit arch::PerCore<Pair> pair;

// As the linker laid them out, whatever core 0 has done to its own meanwhile.
TEST(cores, each_begins_with_variables_of_its_own) {
    const auto check = [] {
        EXPECT_EQ(+count, 42u);
        EXPECT_EQ(*static_cast<const char*>(text), 'a');
        EXPECT_EQ(pair->first, 1u);
        EXPECT_EQ(pair->second, 2u);
        count = 100 + arch::this_core_number();
        pair->second = 200 + arch::this_core_number();
    };
    check();
    test::for_each_other([check](unsigned core) { test::run_on(core, check); });
    for (unsigned core = 0; core < core_count(); ++core) {
        EXPECT_EQ(count.of(core), 100 + core);
        EXPECT_EQ(pair.of(core).second, 200 + core);
    }
    for (unsigned core = 0; core < core_count(); ++core) {
        count.of(core) = 42;
        pair.of(core) = {};
    }
}

TEST(cores, each_finds_itself_by_gs) {
    const auto check = [] {
        const arch::Core& core = arch::this_core();
        EXPECT_EQ(&core, core.self);
        EXPECT_EQ(&core, &*arch::own_core);
        EXPECT_EQ(&core, arch::core(arch::this_core_number()));
    };
    check();
    test::run_on_all(check);
    EXPECT(arch::core(core_count()) == nullptr);
}

TEST(cores, each_runs_on_a_stack_of_its_own_above_a_guard) {
    const auto check = [] {
        const arch::Stack& stack = arch::this_core().stacks[arch::KERNEL_STACK];
        const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
        EXPECT_GE(here, stack.begin);
        EXPECT_LT(here, stack.top);
        EXPECT(kernel::on_a_stack(here));
    };
    check();
    test::run_on_all(check);
    for (unsigned core = 0; core < core_count(); ++core)
        for (const arch::Stack& stack : arch::core(core)->stacks) {
            EXPECT(page_table::translate(stack.begin).has_value());
            EXPECT(page_table::translate(stack.top - 1).has_value());
            EXPECT(!page_table::translate(stack.begin - 1).has_value());
            EXPECT(!kernel::on_a_stack(stack.begin - 8));
        }
}

// The processor takes these stacks from the task state.
TEST(cores, each_has_stacks_of_its_own_for_faults) {
    for (unsigned core = 0; core < core_count(); ++core) {
        const arch::TaskState& state = arch::core(core)->task_state;
        for (unsigned number = arch::DOUBLE_FAULT_STACK; number < arch::STACK_COUNT; ++number) {
            EXPECT_EQ(state.interrupt_stack[number - 1], arch::core(core)->stacks[number].top);
            for (unsigned other = 0; other < core; ++other)
                EXPECT_NE(state.interrupt_stack[number - 1], arch::core(other)->task_state.interrupt_stack[number - 1]);
        }
    }
}

constinit std::atomic<std::uint64_t> moment{0};

// Between two looks of core 0's lies what the other core sees.
TEST(cores, all_have_the_same_time) {
    test::for_each_other([](unsigned core) {
        for (int round = 0; round < 100; ++round) {
            moment = 0;
            arch::run_on_core(core, [] { moment = arch::now(); });
            const std::uint64_t before = arch::now();
            while (moment == 0)
                arch::spin_pause();
            const std::uint64_t after = arch::now();
            // What was measured is good to half a question and its answer.
            constexpr std::uint64_t MEASURED = 2'000;
            EXPECT_LE(moment.load(), after + MEASURED);
            EXPECT_LE(before, moment.load() + 100'000);
            test::wait_for(core);
        }
    });
}

PER_CORE constinit arch::PerCore<std::uint64_t> rang{0};

// All at once: one that took another's deadline would ring too late or not at all.
TEST(cores, each_has_a_timer_of_its_own) {
    test::run_on_all([] {
        const arch::TimerHandler before = arch::set_timer_handler([](std::uint64_t now) {
            EXPECT(arch::in_interrupt_handler());
            rang = now;
        });
        rang = 0;
        const std::uint64_t deadline = arch::now() + 100'000 * (arch::this_core_number() + 1);
        arch::arm_timer(deadline);
        while (rang == 0) {
            arch::disable_interrupts();
            if (rang == 0)
                arch::wait_for_interrupt();
            arch::enable_interrupts();
        }
        EXPECT_GE(+rang, deadline);
        EXPECT_LT(+rang, deadline + 1'000'000);
        EXPECT(!arch::in_interrupt_handler());
        arch::set_timer_handler(before);
    });
}

TEST(cores, each_counts_its_own_interrupts_and_halts) {
    test::for_each_other([](unsigned core) {
        static constinit std::uint64_t seen[2];
        test::run_on(core, [] { seen[0] = arch::interrupt_count(); });
        const std::uint64_t own = arch::interrupt_count();
        test::run_on(core, [] { seen[1] = arch::interrupt_count(); });
        EXPECT_EQ(seen[1], seen[0] + 1); // which brought the work
        EXPECT_EQ(arch::interrupt_count(), own);
    });
}

constinit arch::Lock lock;
constinit unsigned held = 0;

// Without it some of these are lost: between load and store another core comes by.
TEST(cores, one_at_a_time_holds_a_lock) {
    constexpr unsigned ROUNDS = 5'000;
    held = 0;
    const auto hold = [] {
        for (unsigned round = 0; round < ROUNDS; ++round) {
            const arch::LockGuard guard{lock};
            EXPECT(!arch::interrupts_enabled());
            const unsigned before = *const_cast<volatile unsigned*>(&held);
            if (round % 64 == 0)
                arch::spin_pause(); // another core runs
            *const_cast<volatile unsigned*>(&held) = before + 1;
        }
        EXPECT(arch::interrupts_enabled());
    };
    test::run_on_all(hold, hold);
    EXPECT_EQ(held, core_count() * ROUNDS);
}

} // namespace
