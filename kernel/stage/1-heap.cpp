#include "kernel/stage/stage.hpp"

#include "kernel/lib/log.hpp"
#include "kernel/test/harness.hpp"

// A kernel that can only allocate has nothing to live for but its tests.
namespace stage {

std::string_view lab_folder() {
    return "labs/1-heap/";
}

void begin() {}

std::size_t trace_violations() {
    return 0;
}

void live() {
    kernel::log("stage 1: a kernel with a heap. Its tests:");
    kernel::Orders orders;
    orders.read("test=lab");
    test::run(orders);
}

} // namespace stage
