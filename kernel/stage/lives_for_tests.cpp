#include "kernel/lib/log.hpp"
#include "kernel/stage/stage.hpp"
#include "kernel/test/harness.hpp"

// Of the stages that have nothing else to live for, as there is no process yet: 1 to 4.
namespace stage {

void live() {
    kernel::log("{}. Its tests:", title());
    kernel::Orders orders;
    orders.read("test=lab");
    test::run(orders);
}

} // namespace stage
