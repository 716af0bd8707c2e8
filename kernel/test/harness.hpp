#pragma once

#include "kernel/lib/orders.hpp"

// Runs tests in the kernel and reports them: KTAP version 1 on COM2 for the grader, the same on the console for a
// person. The protocol is described in handouts/grader.md.
namespace test {

// Takes the orders of this run: from `command_line`, then from fw_cfg (opt/pollux/orders) or, where the grader holds
// the machine here (opt/pollux/hold=1), from what it has written into our memory. Called once, before any code of a
// student has run. Orders that make no sense end the run and say so.
const kernel::Orders& take_orders(std::string_view command_line);

// Runs every test that `orders` names, each under the watchdog, and leaves. Interrupts on.
[[noreturn]] void run(const kernel::Orders& orders);

} // namespace test
