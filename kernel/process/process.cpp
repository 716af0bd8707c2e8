#include "kernel/process/process.hpp"

#include "arch/interrupts.hpp"
#include "kernel/event/waker.hpp"
#include "kernel/lib/panic.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace process {

namespace {

using kernel::Error;

constinit kernel::List<Process, &Process::in_table> table;
constinit std::uint32_t last_pid = 0;
constinit std::uint64_t calls_of_ended = 0;

// The table need not be searched before the numbers have been used up once.
std::uint32_t free_pid() {
    static constinit bool is_unused = true;
    do {
        ++last_pid;
        is_unused = is_unused && last_pid != 0;
    } while (last_pid == 0 || (!is_unused && find(last_pid) != nullptr));
    return last_pid;
}

Process* find_in(const kernel::List<Process, &Process::sibling>& children, std::uint32_t child) {
    Process* process = children.front();
    while (process != nullptr && child != 0 && process->pid != child)
        process = children.next(*process);
    return process;
}

} // namespace

// Not in the table yet. Null: out of memory.
Process* Process::allocate(AddressSpace space, Process* parent) {
    auto* process = new (std::nothrow) Process{std::move(space)};
    if (process == nullptr)
        return nullptr;
    process->parent = parent;
    if (parent != nullptr)
        process->descriptors = parent->descriptors;
    return process;
}

void Process::enter_table() {
    pid = free_pid();
    table.push_back(*this);
    if (parent != nullptr)
        parent->running_children.push_back(*this);
}

void Process::leave_table() {
    sibling.unlink();
    in_table.unlink();
    parent = nullptr;
    release();
}

void Process::release() {
    if (--references == 0)
        delete this;
}

std::expected<Process*, Error> Process::create(std::string_view program, std::span<const std::string_view> arguments,
                                               Process* parent) {
    auto space = AddressSpace::create();
    if (!space)
        return std::unexpected{space.error()};
    Process* process = allocate(std::move(*space), parent);
    if (process == nullptr)
        return std::unexpected{Error::out_of_memory};
    if (const auto loaded = process->load(program, arguments); !loaded) {
        process->release();
        return std::unexpected{loaded.error()};
    }
    if (parent == nullptr) {
        process->descriptors.set(abi::INPUT, Descriptor::console_in());
        process->descriptors.set(abi::OUTPUT, Descriptor::console_out());
    }
    process->enter_table();
    return process;
}

std::expected<Process*, Error> Process::fork() {
    auto copy = space.fork();
    if (!copy)
        return std::unexpected{copy.error()};
    Process* child = allocate(std::move(*copy), this);
    if (child == nullptr)
        return std::unexpected{Error::out_of_memory};
    std::memcpy(child->name, name, sizeof name);
    child->context = context;
    child->enter_table();
    return child;
}

void Process::end(ExitStatus how) {
    KASSERT(arch::interrupts_enabled());
    if (has_ended())
        return;
    status = how;
    calls_of_ended += system_calls;
    event = {};
    descriptors.close_all();
    {
        const AddressSpace gone{std::move(space)};
    }
    while (Process* child = running_children.pop_front())
        child->parent = nullptr;
    while (Process* child = ended_children.front())
        child->leave_table();
    if (parent == nullptr) {
        leave_table();
        return;
    }
    sibling.unlink();
    parent->ended_children.push_back(*this);
    if (parent->event)
        event::wake(*parent->event.get());
}

void Process::discard() {
    parent = nullptr;
    sibling.unlink();
    if (!has_ended())
        end({0, ExitStatus::Reason::killed, 0});
    else if (in_table.is_linked())
        leave_table();
}

Process* Process::ended_child(std::uint32_t child) const {
    return find_in(ended_children, child);
}

bool Process::has_child(std::uint32_t child) const {
    return find_in(running_children, child) != nullptr || find_in(ended_children, child) != nullptr;
}

void Process::take_child(Process& child) {
    KASSERT(child.parent == this && child.has_ended());
    child.leave_table();
}

Process* find(std::uint32_t pid) {
    Process* process = table.front();
    while (process != nullptr && process->pid != pid)
        process = table.next(*process);
    return process;
}

Process* next(Process* process) {
    return process == nullptr ? table.front() : table.next(*process);
}

Stats stats() {
    Stats result{};
    result.system_calls = calls_of_ended;
    for (Process* process = next(nullptr); process != nullptr; process = next(process)) {
        ++(process->has_ended() ? result.ended : result.running);
        result.frames += process->space.frames_held();
        result.system_calls += process->has_ended() ? 0 : process->system_calls;
    }
    return result;
}

} // namespace process
