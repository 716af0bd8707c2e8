// Lab 5: processes as events. The contract is kernel/process/run.hpp.

#include "kernel/process/run.hpp"

#include "arch/clock.hpp"
#include "kernel/event/sleep.hpp"
#include "kernel/event/spawner.hpp"
#include "kernel/lib/not_written.hpp"
#include "kernel/process/system_calls.hpp"

namespace process {

// Three things may be missing: the process, the frame of run_process, the event. Whoever fails after another undoes it,
// and a process that was never there has no status that a parent could wait for.
std::expected<std::uint32_t, kernel::Error> start(std::string_view program, std::span<const std::string_view> arguments,
                                                  Process* parent) {
    // LAB 5 BEGIN
    const auto created = Process::create(program, arguments, parent);
    if (!created)
        return std::unexpected{created.error()};
    // Held until the end of this function: without an event, the task's own reference would end it.
    const ProcessReference process{**created};
    const auto handle = event::spawn(run_process(EndsAsKilled{*process}), event::Priority::normal, process->pid);
    if (!handle) {
        process->discard();
        return std::unexpected{handle.error()};
    }
    process->event = event::EventReference{*handle->get()};
    return process->pid;
    // LAB 5 END
}

// While this process waited others had theirs loaded, and their slices.
arch::Trap run_turn(Process& process) {
    // LAB 5 BEGIN
    process.space.load();
    arch::begin_slice(SLICE_NANOSECONDS);
    for (;;) {
        const arch::Trap trap = arch::enter_user(process.context);
        bool goes_on = false;
        switch (trap.kind) {
        case arch::Trap::Kind::system_call:
            process.system_calls += 1;
            goes_on = !may_end_turn(call_number(process));
            if (goes_on)
                process.context.rax = to_register(quick_call(process));
            break;
        case arch::Trap::Kind::fault:
            goes_on = fill_page(process, trap);
            break;
        case arch::Trap::Kind::interrupt:
            goes_on = !arch::slice_is_over();
            break;
        }
        if (goes_on)
            continue;
        process.user_nanoseconds += arch::end_slice();
        return trap;
    }
    // LAB 5 END
}

// A frame that is destroyed while it waits takes with it whatever it waits in, from the inside out, and `process` last.
event::Task<> run_process(EndsAsKilled process) {
    // LAB 5 BEGIN
    Process& self = *process.get();
    for (;;) {
        const arch::Trap trap = run_turn(self);
        if (trap.kind == arch::Trap::Kind::fault) {
            self.end({0, ExitStatus::Reason::faulted, trap.vector});
            co_return;
        }
        if (trap.kind == arch::Trap::Kind::interrupt) {
            co_await event::yield_now();
            continue;
        }
        const Arguments given = call_arguments(self);
        const std::uint32_t polls = event::current()->polls;
        Result result{0};
        switch (call_number(self)) {
        case abi::SystemCall::exit:
            self.end({static_cast<std::int32_t>(given.first), ExitStatus::Reason::exited, 0});
            co_return;
        case abi::SystemCall::nanosleep:
            co_await event::sleep_for(given.first);
            break;
        case abi::SystemCall::write:
            result = co_await write(&self, given.first, UserAddress{given.second}, given.third);
            break;
        case abi::SystemCall::read:
            result = co_await read(&self, given.first, UserAddress{given.second}, given.third);
            break;
        case abi::SystemCall::wait:
            result = co_await wait(&self, given.first, UserAddress{given.second});
            break;
        default: // yield
            break;
        }
        self.context.rax = to_register(result);
        if (event::current()->polls == polls)
            co_await event::yield_now();
    }
    // LAB 5 END
}

} // namespace process
