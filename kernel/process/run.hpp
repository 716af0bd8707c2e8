#pragma once

#include "arch/x86_64/user_mode.hpp"
#include "kernel/event/task.hpp"
#include "kernel/process/process.hpp"

// What runs a process: an event like any other, whose work is the loop around arch::enter_user. Implemented by the
// student: labs/5-process/process.cpp.
//
//     start --> the event's first poll --> turn --+-- slice over, yield: the others' turn --> turn
//                                                 +-- a call that may wait: awaited --------> turn
//                                                 +-- exit, or a fault that nobody mends ---> ended
//     cancelled, at any of the arrows --> ended as killed
//
// One stack a core: what a process leaves behind between two turns is its UserContext and this event's frame.
namespace process {

// How long a process runs before the others' turn.
inline constexpr std::uint64_t SLICE_NANOSECONDS = 5'000'000;

// Makes the process (Process::create) and the event that runs it: priority normal, with the process's pid, detached,
// and noted in Process::event. It does not run before this returns. The pid. Errors as for create; out_of_memory also
// when there is none for the event: then the process was never there.
std::expected<std::uint32_t, kernel::Error> start(std::string_view program, std::span<const std::string_view> arguments,
                                                  Process* parent);

// Runs ring 3 for one turn: at most a slice (SLICE_NANOSECONDS, from the call on), in the process's own address space.
// Deals with whatever comes that neither ends the turn nor waits, and gives the trap that ended it:
//
//   interrupt    the slice is over (an interrupt before that is no reason)
//   fault        one that ends the process. A page fault that fill_page mends is none
//   system_call  one that may_end_turn (system_calls.hpp), not begun. All others are done: the result lies in rax, and
//                Process::system_calls has counted them, these too
//
// A plain function: takes no time but ring 3's and the calls', allocates nothing, leaves no slice running.
// Process::user_nanoseconds grows by the turn's length. Interrupts on.
arch::Trap run_turn(Process& process);

// The event: turn after turn, until the process ends.
//
// After an interrupt and after the call yield the other ready events have their turn. Of the calls that may wait the
// result comes into rax of the process that made them, however long that takes and whoever runs meanwhile; a process
// that waits is not polled. One that always makes calls of this kind which need not wait must not keep the others from
// running: such a call, if this event was not polled anew meanwhile (Event::polls), ends with a yield.
//
// exit ends the process with its code, as exited; a fault with its vector, as faulted. Whatever else destroys the frame
// ends it as killed: the parameter sees to that, before the first turn too.
event::Task<> run_process(EndsAsKilled process);

// Whether ring 3 may go on after this fault, at the same instruction: whether it is a page fault, and the page could be
// filled in for what the program wanted to do with it (AddressSpace::fill_in). Given, kernel/process/calls.cpp.
bool fill_page(Process& process, arch::Trap fault);

} // namespace process
