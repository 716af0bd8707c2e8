#include "arch/x86_64/cores.hpp"

#include "arch/clock.hpp"
#include "arch/cores.hpp"
#include "arch/interrupts.hpp"
#include "arch/x86_64/apic.hpp"
#include "arch/x86_64/clock.hpp"
#include "arch/x86_64/gdt.hpp"
#include "arch/x86_64/instructions.hpp"
#include "arch/x86_64/multiboot2.hpp"
#include "arch/x86_64/paging.hpp"
#include "arch/x86_64/processor.hpp"
#include "arch/x86_64/trap.hpp"
#include "arch/x86_64/user_mode.hpp"
#include "kernel/lib/log.hpp"
#include "kernel/lib/panic.hpp"

#include <cstring>
#include <optional>

// start_core.asm.
extern "C" {
extern const char start_core[], start_core_end[];
extern const char start_core_gdt_base[], start_core_jump[], start_core_gdt[], start_core_long[];
extern std::uint64_t core_root, core_stack;
extern arch::Core* core_itself;
}

namespace arch {

constinit std::atomic<unsigned> running_cores{1};

namespace {

constexpr std::uint64_t MICROSECOND = 1'000;
constexpr std::uint64_t MILLISECOND = 1'000'000;

// Waits until `condition` holds, but not longer than that; gives whether it does.
template<typename Condition>
bool wait_at_most(std::uint64_t nanoseconds, Condition condition) {
    const std::uint64_t begin = now();
    while (!condition()) {
        if (now() - begin >= nanoseconds)
            return false;
        spin_pause();
    }
    return true;
}

// ---- The same time on all cores -------------------------------------------------------------------------------------
// The other core asks, core 0 answers with its time stamp. That was made between the question and the answer, so the
// quickest of a few rounds tells best by how much the two counters differ. A difference that may be none is none.

constexpr unsigned ROUNDS = 16;
constinit std::atomic<unsigned> asked{0};
constinit std::atomic<unsigned> answered{0};
constinit std::atomic<std::uint64_t> answer{0};

std::uint64_t measure_time_stamps_ahead() {
    std::uint64_t quickest = UINT64_MAX;
    std::uint64_t ahead = 0;
    for (unsigned round = 1; round <= ROUNDS; ++round) {
        const std::uint64_t begin = read_tsc();
        asked.store(round, std::memory_order_release);
        while (answered.load(std::memory_order_acquire) != round)
            spin_pause();
        const std::uint64_t end = read_tsc();
        if (end - begin >= quickest)
            continue;
        quickest = end - begin;
        const std::uint64_t theirs = answer.load(std::memory_order_relaxed);
        const bool may_be_none = begin <= theirs && theirs <= end;
        ahead = may_be_none ? 0 : begin + (end - begin) / 2 - theirs;
    }
    return ahead;
}

void answer_questions() {
    for (unsigned round = 1; round <= ROUNDS; ++round) {
        while (asked.load(std::memory_order_acquire) != round)
            spin_pause();
        answer.store(read_tsc(), std::memory_order_relaxed);
        answered.store(round, std::memory_order_release);
    }
}

// ---- Starting -------------------------------------------------------------------------------------------------------

// A page below 1 MiB that is memory and that nothing of the loader's lies in: where STARTUP can send a core. The frame
// allocator leaves that part of memory alone.
std::optional<Physical> find_page() {
    constexpr std::uint64_t FIRST = 0x1000; // below: the real mode's vectors, and the BIOS's own data
    constexpr std::uint64_t END = 0xa'0000;
    const auto is_within = [](std::uint64_t page, const MemoryRange& range) {
        return page >= number(range.begin) && page + PAGE_BYTES <= number(range.begin) + range.bytes;
    };
    const auto touches = [](std::uint64_t page, const MemoryRange& range) {
        return page < number(range.begin) + range.bytes && number(range.begin) < page + PAGE_BYTES;
    };
    for (std::uint64_t page = FIRST; page < END; page += PAGE_BYTES) {
        bool is_free = false;
        for (const MemoryRange& range : boot_information().available)
            is_free = is_free || is_within(page, range);
        for (const MemoryRange& range : boot_information().reserved)
            is_free = is_free && !touches(page, range);
        if (is_free)
            return Physical{page};
    }
    return std::nullopt;
}

void fill_in(char* page, const char* place, std::uint64_t address) {
    const auto value = static_cast<std::uint32_t>(address);
    std::memcpy(page + (place - start_core), &value, sizeof value);
}

void write_start_page(Physical where) {
    char* const page = direct<char>(where);
    KASSERT(start_core_end - start_core <= static_cast<std::ptrdiff_t>(PAGE_BYTES));
    std::memcpy(page, start_core, static_cast<std::size_t>(start_core_end - start_core));
    const auto within_page = [where](const char* place) {
        return number(where) + static_cast<std::uint64_t>(place - start_core);
    };
    fill_in(page, start_core_gdt_base, within_page(start_core_gdt));
    fill_in(page, start_core_jump, within_page(start_core_long));
    core_root = number(loaded_page_table());
}

// Stacks as core 0 has them, from the beginning of the core's part on, a guard page below each, then the variables.
// Null: no memory.
Core* lay_out_core(unsigned index) {
    Stack stacks[STACK_COUNT];
    std::uintptr_t at = CORES_BASE + index * CORE_BYTES;
    for (unsigned each = 0; each < STACK_COUNT; ++each) {
        const Stack& like = own_core->stacks[each];
        stacks[each] = {at + PAGE_BYTES, at + PAGE_BYTES + (like.top - like.begin)};
        at = stacks[each].top;
    }
    const auto bytes = static_cast<std::size_t>(per_core_end - per_core_begin);
    KASSERT(at <= variables_of_core(index) - PAGE_BYTES);
    KASSERT(variables_of_core(index) + bytes < CORES_BASE + (index + 1) * CORE_BYTES);
    for (const Stack& stack : stacks)
        if (!map_core_memory(stack.begin, stack.top - stack.begin))
            return nullptr;
    if (!map_core_memory(variables_of_core(index), (bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1)))
        return nullptr;
    return &prepare_core(index, per_core_offset_of(index), stacks);
}

// Core 0's part. The Core is used again for the next one when this one does not come.
bool start(Core& next, std::uint32_t apic_id, Physical page) {
    next.apic_id = apic_id;
    core_itself = &next;
    asked.store(0, std::memory_order_relaxed);
    answered.store(0, std::memory_order_relaxed);
    const std::atomic_ref<std::uint64_t> stack{core_stack};
    stack.store(next.stacks[KERNEL_STACK].top);
    const auto has_come = [&stack] { return stack.load() == 0; };
    const auto page_number = static_cast<std::uint8_t>(number(page) / PAGE_BYTES);
    local_apic_send(apic_id, Command::startup, page_number);
    if (!wait_at_most(200 * MICROSECOND, has_come)) {
        local_apic_send(apic_id, Command::startup,
                        page_number); // the first one may be lost: SDM volume 3, section 9.4.4.1
        if (!wait_at_most(50 * MILLISECOND, has_come) && stack.exchange(0) != 0) {
            local_apic_send(apic_id, Command::init);
            return false;
        }
    }
    answer_questions();
    while (running_cores.load() == next.index)
        spin_pause();
    return true;
}

// The work of a core that does not serve.
void is_booting() {}

} // namespace

void cores_start() {
    own_core->work = is_booting;
    own_core->apic_id = local_apic_id();
    const auto may_start = [](std::uint32_t id) {
        constexpr std::uint32_t BROADCAST = 0xff; // of a local APIC whose numbers have 8 bits
        return id != own_core->apic_id && (local_apic::x2apic || id < BROADCAST);
    };
    const std::optional<Physical> page = listed_cores().size() > 1 ? find_page() : std::nullopt;
    if (!page)
        return;
    write_start_page(*page);
    set_interrupt_handler(WORK, [] {}); // it ends a halt
    for (std::uint32_t id : listed_cores())
        if (may_start(id))
            local_apic_send(id, Command::init);
    wait_at_most(10 * MILLISECOND, [] { return false; });
    Core* next = nullptr;
    for (std::uint32_t id : listed_cores()) {
        const unsigned index = core_count();
        if (!may_start(id) || index == MAXIMUM_CORES)
            continue;
        if (next == nullptr)
            next = lay_out_core(index);
        if (next == nullptr)
            break;
        if (start(*next, id, *page))
            next = nullptr;
        else
            kernel::log("pollux: the core of local APIC {} does not answer", id);
    }
    kernel::log("pollux: {} cores of {}", core_count(), listed_cores().size());
}

unsigned core_count() {
    return running_cores.load(std::memory_order_acquire);
}

unsigned this_core_number() {
    return this_core().index;
}

void run_on_core(unsigned index, void (*work)()) {
    Core* const other = core(index);
    KASSERT(other != nullptr && other->work.load() == nullptr);
    other->work.store(work, std::memory_order_release);
    const InterruptGuard guard;
    local_apic_send(other->apic_id, Command::interrupt, WORK);
}

bool is_core_idle(unsigned index) {
    return core(index)->work.load(std::memory_order_acquire) == nullptr;
}

void serve_as_core() {
    Core& self = this_core();
    for (;;) {
        self.work.store(nullptr, std::memory_order_release);
        disable_interrupts();
        while (self.work.load(std::memory_order_acquire) == nullptr)
            wait_for_interrupt();
        enable_interrupts();
        self.work.load(std::memory_order_relaxed)();
    }
}

} // namespace arch

// Where start_core.asm ends. In the order of kernel_main, but for what the cores share.
extern "C" [[noreturn]] void core_main(arch::Core& core) {
    using namespace arch;
    gdt_load(core);
    idt_load();
    processor_initialise();
    user_mode_initialise();
    local_apic_initialise();
    clock_start_core(measure_time_stamps_ahead());
    running_cores.store(core.index + 1, std::memory_order_release);
    serve_as_core();
}
