#include "kernel/event/executor.hpp"
#include "kernel/event/waker.hpp"
#include "kernel/lib/log.hpp"
#include "kernel/lib/panic.hpp"
#include "kernel/process/console.hpp"
#include "kernel/process/programs.hpp"
#include "kernel/process/run.hpp"
#include "kernel/stage/stage.hpp"
#include "kernel/test/harness.hpp"

namespace stage {

std::string_view lab_folder() {
    return "labs/5-process/";
}

// The shell is the first process, and the kernel lives as long as it does.
void live() {
    kernel::log("pollux: {} programs; the shell is one of them", process::program_count());
    if (!process::console_start())
        kernel::panic("no memory for the console");
    const auto shell = process::start("shell", {}, nullptr);
    if (!shell)
        kernel::panic("the shell does not start: error {}", static_cast<unsigned>(shell.error()));
    while (process::find(*shell) != nullptr) {
        if (!event::executor().run_once())
            event::idle();
        event::reap();
    }
    kernel::log("pollux: the shell has ended");
    kernel::leave(kernel::Ending::success);
}

} // namespace stage
