#include "kernel/process/more_calls.hpp"

namespace process {

Result more_calls(Process&) {
    return std::unexpected{kernel::Error::bad_call};
}

} // namespace process
