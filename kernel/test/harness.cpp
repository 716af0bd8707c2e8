#include "kernel/test/harness.hpp"

#include "arch/clock.hpp"
#include "arch/cores.hpp"
#include "arch/interrupts.hpp"
#include "arch/x86_64/clock.hpp"
#include "arch/x86_64/firmware_config.hpp"
#include "arch/x86_64/pause.hpp"
#include "arch/x86_64/watchdog.hpp"
#include "kernel/lib/moment.hpp"
#include "kernel/lib/report.hpp"
#include "kernel/mm/arena.hpp"
#include "kernel/mm/heap.hpp"
#include "kernel/mm/new.hpp"
#include "kernel/stage/stage.hpp"
#include "kernel/test/case.hpp"
#include "kernel/test/tagged_line.hpp"

extern "C" const test::Case* const test_cases_begin[];
extern "C" const test::Case* const test_cases_end[];

// Orders from outside: fw_cfg's, or what the grader, which finds this by its name in the image, writes here while it
// holds the machine.
extern "C" constinit char held_orders[1024]{};

namespace test {

namespace {

constexpr std::size_t MAXIMUM_MEASURES = 6;
// How far below zero a difference of unsigned numbers is taken for one. The greatest number itself is "never".
constexpr std::uint64_t WRAPPED = 1ULL << 40;

struct Measure {
    const char* name;
    std::uint64_t value;
};

// What the running test has done so far.
struct Progress {
    unsigned failures = 0;
    Measure measures[MAXIMUM_MEASURES]{};
    std::size_t measure_count = 0;
};

constinit kernel::Orders current_orders{};
constinit Progress progress{};

std::span<const Case* const> all_cases() {
    return {test_cases_begin, test_cases_end};
}

bool matches(const Case& candidate, std::string_view wanted) {
    const std::string_view suite = candidate.suite;
    const std::string_view name = candidate.name;
    if (wanted == "all" || wanted == suite)
        return true;
    if (wanted == "lab")
        wanted = stage::lab_folder();
    if (wanted.ends_with('/'))
        return std::string_view{candidate.file}.starts_with(wanted);
    return wanted.size() == suite.size() + 1 + name.size() && wanted.starts_with(suite) &&
           wanted[suite.size()] == '.' && wanted.ends_with(name);
}

bool is_ordered(const Case& candidate, const kernel::Orders& orders) {
    for (std::string_view wanted : orders.ordered_tests())
        if (matches(candidate, wanted))
            return true;
    return false;
}

// Tagged, because it blames whoever gave the orders: no code of a student has run yet, and none may say this later.
[[noreturn]] void refuse_orders(std::string_view why, std::string_view word) {
    char buffer[kernel::LINE_BYTES / 2];
    write_tagged(kernel::format(buffer, "# BAD ORDERS {}: {}", why, word));
    kernel::leave(kernel::Ending::bad_orders);
}

// Every word that orders tests must name one.
void check_tests(const kernel::Orders& orders) {
    for (std::string_view wanted : orders.ordered_tests()) {
        bool found = false;
        for (const Case* candidate : all_cases())
            found = found || matches(*candidate, wanted);
        if (!found)
            refuse_orders("this stage has no such test", wanted);
    }
}

// What changes from test to test but for its result: how the run ended, and how much heap it kept.
const char* outcome_of(std::size_t leaked_blocks) {
    if (progress.failures > 0)
        return "fail";
    return leaked_blocks > 0 ? "leak" : "pass";
}

} // namespace

void begin_part() {
    arch::watchdog_start(current_orders.limit_seconds);
}

namespace {

bool run_case(const Case& current, unsigned number) {
    progress = {};
    kernel::report("RUN {}.{}", current.suite, current.name);
    const std::size_t blocks_before = heap::live_blocks();
    kernel::note_moment(kernel::Moment::test_begins, 0, reinterpret_cast<std::uintptr_t>(&current));
    arch::watchdog_start(current_orders.limit_seconds);
    const std::uint64_t begin = instructions();
    current.body();
    const std::uint64_t end = instructions();
    arch::watchdog_stop();
    kernel::note_moment(kernel::Moment::test_ends);
    const std::size_t blocks_after = heap::live_blocks();
    progress.failures += static_cast<unsigned>(stage::trace_violations());
    const std::size_t leaked = blocks_after > blocks_before ? blocks_after - blocks_before : 0;
    if (leaked > 0)
        kernel::report("LEAK {} block(s) of the heap were not given back", leaked);

    const char* outcome = outcome_of(leaked);
    const bool passed = progress.failures == 0 && leaked == 0;
    char buffer[kernel::LINE_BYTES];
    std::size_t used = kernel::format(buffer, "{} {} {}.{} # outcome={} instructions={}", passed ? "ok" : "not ok",
                                      number, current.suite, current.name, outcome, end - begin)
                           .size();
    for (const Measure& measure : std::span{progress.measures, progress.measure_count})
        used += kernel::format(std::span{buffer}.subspan(used), " measure.{}={}", measure.name, measure.value).size();
    write_tagged({buffer, used});
    return passed;
}

// Tests of the heap begin one over an arena of their own, and leave it behind: the next test gets the kernel's again.
void renew_heap() {
    if (heap::live_blocks() == 0)
        heap::initialise(heap::kernel_arena());
}

// A test may have set the machine's timer for itself. Whoever it belongs to has it again, and sets it as he needs it.
void renew_timer(arch::TimerHandler owner) {
    const arch::InterruptGuard guard;
    arch::set_timer_handler(owner);
    if (owner != nullptr)
        owner(arch::now());
}

std::string_view text_of(Value value, std::span<char> buffer) {
    switch (value.kind) {
    case Value::Kind::signed_number:
        return kernel::format(buffer, "{}", static_cast<std::int64_t>(value.bits));
    case Value::Kind::unsigned_number:
        // Mostly a small number from which a greater one was subtracted.
        if (const std::uint64_t below = -value.bits; value.bits >= 1ULL << 63 && below > 1 && below <= WRAPPED)
            return kernel::format(buffer, "{} (it wrapped: -{})", value.bits, below);
        return kernel::format(buffer, "{}", value.bits);
    case Value::Kind::character:
        if (value.bits < ' ' || value.bits > '~')
            return kernel::format(buffer, "character {:#x}", value.bits);
        return kernel::format(buffer, "'{}'", static_cast<char>(value.bits));
    case Value::Kind::event:
        return kernel::format(buffer, "event {}", value.bits);
    case Value::Kind::boolean:
        return value.bits != 0 ? "true" : "false";
    case Value::Kind::pointer:
        return value.bits == 0 ? "null" : kernel::format(buffer, "{:#x}", value.bits);
    case Value::Kind::text:
        return kernel::format(buffer, "\"{}\"", reinterpret_cast<const char*>(value.bits));
    case Value::Kind::other:
        return "(an object)";
    }
}

} // namespace

const kernel::Orders& take_orders(std::string_view command_line) {
    arch::firmware_config_read("opt/pollux/orders", held_orders);
    // The grader saves the machine while it is stopped here, and each of its tests goes on from here.
    char hold[1];
    if (arch::firmware_config_read("opt/pollux/hold", hold) == "1")
        arch::pause_machine();
    arch::clock_restart();
    const std::string_view held{held_orders, sizeof held_orders};
    current_orders.read(command_line);
    current_orders.read(held.substr(0, held.find('\0')));
    char digits[8];
    if (!current_orders.misunderstood.empty())
        refuse_orders("what is this", current_orders.misunderstood);
    if (current_orders.core >= arch::core_count())
        refuse_orders("this machine has so many cores", kernel::format(digits, "{}", arch::core_count()));
    check_tests(current_orders);
    return current_orders;
}

void run(const kernel::Orders& orders) {
    unsigned planned = 0;
    for (const Case* candidate : all_cases())
        planned += is_ordered(*candidate, orders) ? 1 : 0;
    char buffer[kernel::LINE_BYTES];
    kernel::results_write("KTAP version 1\n");
    kernel::results_write(kernel::format(buffer, "1..{}\n", planned));

    const arch::TimerHandler timer_owner = arch::set_timer_handler(nullptr);
    arch::set_timer_handler(timer_owner);
    unsigned ran = 0;
    unsigned passed = 0;
    for (const Case* candidate : all_cases())
        if (is_ordered(*candidate, orders)) {
            if (ran > 0) {
                renew_heap();
                renew_timer(timer_owner);
            }
            passed += run_case(*candidate, ++ran) ? 1 : 0;
        }
    write_tagged(kernel::format(buffer, "# END ran={} passed={}", ran, passed));
    arch::pause_machine(); // the grader looks at our code and constants now: are they still what was loaded?
    kernel::leave(passed == ran ? kernel::Ending::success : kernel::Ending::failed_test);
}

std::uint64_t seed() {
    return current_orders.seed;
}

std::uint64_t instructions() {
    return (arch::time_stamp() - arch::halted_ticks()) >> current_orders.instruction_shift;
}

void measure(const char* name, std::uint64_t value) {
    if (progress.measure_count < MAXIMUM_MEASURES)
        progress.measures[progress.measure_count++] = {name, value};
}

void expectation_failed(const char* file, unsigned line, const char* text, const char* relation, Value expected,
                        Value got) {
    ++progress.failures;
    char buffer[64];
    kernel::report("FAIL {}:{}: {}", file, line, text);
    kernel::report("  expected: {}{}", relation, text_of(expected, buffer));
    kernel::report("  got:      {}", text_of(got, buffer));
}

} // namespace test
