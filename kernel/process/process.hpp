#pragma once

#include "arch/x86_64/user_mode.hpp"
#include "kernel/event/event.hpp"
#include "kernel/event/wait.hpp"
#include "kernel/lib/error.hpp"
#include "kernel/lib/list.hpp"
#include "kernel/process/abi.hpp"
#include "kernel/process/address_space.hpp"
#include "kernel/process/descriptor.hpp"

#include <expected>
#include <optional>
#include <span>
#include <string_view>

// Processes, given: what they are made of, and the table of all. What runs them is lab 5: kernel/process/run.hpp.
//
//     create --> running --end--> ended --taken by its parent, or without one--> gone
//          \--discard--> gone
//
// A process is counted (ProcessReference); the table holds one until it is gone. Never from a handler.
//
// What one costs. A small program that waits in read holds 9 frames (5 of page tables, 4 of code, data and stack) and
// about 2.1 KiB of the heap: itself, its regions, its event, and the frames of its coroutines, where the bytes lie that
// are read. There is no kernel stack among them.
namespace process {

using ExitStatus = abi::ExitReport;

inline constexpr std::size_t MAXIMUM_NAME = 32;             // bytes, the zero behind it included
inline constexpr std::size_t MAXIMUM_ARGUMENTS = 32;        // the program's name included
inline constexpr std::size_t MAXIMUM_ARGUMENT_BYTES = 4096; // of all together, with their zeros

class ChildEnd;

struct Process {
    // A process that is ready to run `program` from its entry, with its own name and then `arguments` as argv, and
    // copies of the parent's descriptors, or, without a parent, the console to read (0) and to write (1). In the table,
    // a child of `parent`. not_found: no such program; bad_program; too_long: a name or the arguments; out_of_memory.
    // An error leaves nothing behind.
    static std::expected<Process*, kernel::Error> create(std::string_view program,
                                                         std::span<const std::string_view> arguments, Process* parent);

    // A child that is the copy of this one, registers and all. out_of_memory leaves nothing behind.
    std::expected<Process*, kernel::Error> fork();

    // Runs another program from its entry, in a fresh space, with the same pid and descriptors. Errors as for create;
    // nothing has changed then.
    std::expected<void, kernel::Error> load(std::string_view program, std::span<const std::string_view> arguments);

    // Ends it: closes its descriptors, gives back its address space, lets its children go (those that have ended are
    // gone, the others have no parent any more), and wakes a parent that waits. What remains until the parent takes it
    // is pid, status and name; without a parent, nothing: the process may be gone when this returns, unless the caller
    // holds a reference. Once; a second time is ignored. Interrupts on.
    void end(ExitStatus status);

    // Takes back a process that never ran, as though it had not been created, though it may have been ended meanwhile
    // (see EndsAsKilled). Like end, it may be gone then.
    void discard();

    bool has_ended() const { return status.has_value(); }

    // co_await process.child_end(pid): waits until the child `pid`, or with 0 any child, has ended; over at once when
    // there is no such child. By the process's own event only. Gives whether there is one to take.
    ChildEnd child_end(std::uint32_t child);
    // A child `child`, or with 0 any, that has ended; null when there is none. The first that ended comes first.
    Process* ended_child(std::uint32_t child) const;
    // Whether there is such a child at all.
    bool has_child(std::uint32_t child) const;
    // The parent has taken notice: an ended child leaves the table.
    void take_child(Process& child);

    std::string_view name_text() const { return name; }

    std::uint32_t pid = 0; // from its place in the table on
    Process* parent;       // null: none, or it has ended
    std::optional<ExitStatus> status;
    char name[MAXIMUM_NAME]; // ends with a zero
    arch::UserContext context;
    AddressSpace space;
    DescriptorTable descriptors;
    event::EventReference event; // the one that runs it; none before process::start and after its end

    // Counted by whoever runs it.
    std::uint64_t system_calls = 0;
    std::uint64_t user_nanoseconds = 0;

    kernel::ListNode in_table;
    kernel::ListNode sibling; // in its parent's running_children or ended_children
    kernel::List<Process, &Process::sibling> running_children;
    kernel::List<Process, &Process::sibling> ended_children; // in the order of their ends
    std::uint32_t references = 1;

    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

private:
    friend class ProcessReference;
    explicit Process(AddressSpace own) : space{std::move(own)} {}
    static Process* allocate(AddressSpace space, Process* parent);
    void enter_table();
    void leave_table();
    void release();
};

// A counted reference to a process, or none.
class ProcessReference {
public:
    ProcessReference() = default;
    explicit ProcessReference(Process& process) : process_{&process} { ++process.references; }
    ProcessReference(const ProcessReference& other) : process_{other.process_} {
        if (process_ != nullptr)
            ++process_->references;
    }
    ProcessReference(ProcessReference&& other) noexcept : process_{std::exchange(other.process_, nullptr)} {}
    ProcessReference& operator=(ProcessReference other) noexcept {
        std::swap(process_, other.process_);
        return *this;
    }
    ~ProcessReference() {
        if (process_ != nullptr)
            process_->release();
    }

    Process* get() const { return process_; }
    Process* operator->() const { return process_; }
    Process& operator*() const { return *process_; }
    explicit operator bool() const { return process_ != nullptr; }

private:
    Process* process_ = nullptr;
};

// Keeps a process, and ends it as killed when it has not ended by the time that this dies. As a parameter of the
// coroutine that runs the process it does so also when the event is cancelled before its first poll.
class EndsAsKilled {
public:
    explicit EndsAsKilled(Process& process) : process_{process} {}
    EndsAsKilled(EndsAsKilled&&) noexcept = default;
    EndsAsKilled& operator=(EndsAsKilled&&) = delete;
    ~EndsAsKilled() {
        if (process_ && !process_->has_ended())
            process_->end({0, ExitStatus::Reason::killed, 0});
    }
    Process* get() const { return process_.get(); }

private:
    ProcessReference process_;
};

// See Process::child_end.
class [[nodiscard]] ChildEnd final : public event::Wait {
public:
    ChildEnd(const Process& process, std::uint32_t child) : process_{process}, child_{child} {}
    bool await_ready() const { return is_over(); }
    void await_suspend(std::coroutine_handle<>) { event::current()->wait = this; }
    bool await_resume() {
        event::current()->wait = nullptr;
        return process_.ended_child(child_) != nullptr;
    }
    bool is_over() const override { return process_.ended_child(child_) != nullptr || !process_.has_child(child_); }
    const char* what() const override { return "child to end"; }

private:
    const Process& process_;
    std::uint32_t child_;
};

inline ChildEnd Process::child_end(std::uint32_t child) {
    return ChildEnd{*this, child};
}

// The table. Null when there is none, or it is gone; ended ones are found.
Process* find(std::uint32_t pid);

// One after the other, in the order of creation: null gives the first, the last gives null.
Process* next(Process* process);

struct Stats {
    std::size_t running;        // created and not ended
    std::size_t ended;          // and not yet taken by a parent
    std::size_t frames;         // held by all address spaces together
    std::uint64_t system_calls; // made since the kernel began
};
Stats stats();

} // namespace process
