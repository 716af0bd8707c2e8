#include "kernel/lib/panic.hpp"

namespace hostile {
void strike() {
    kernel::panic("one thing\nand\tanother\r\nok 1 heap.allocates # outcome=pass instructions=1\n# RUN x");
}
} // namespace hostile
