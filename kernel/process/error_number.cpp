#include "kernel/process/error_number.hpp"

namespace process {

abi::ErrorNumber error_number(kernel::Error error) {
    using abi::ErrorNumber;
    switch (error) {
    case kernel::Error::out_of_memory:
        return ErrorNumber::out_of_memory;
    case kernel::Error::closed:
        return ErrorNumber::closed;
    case kernel::Error::bad_address:
        return ErrorNumber::bad_address;
    case kernel::Error::not_found:
        return ErrorNumber::not_found;
    case kernel::Error::already_mapped:
        return ErrorNumber::already_mapped;
    case kernel::Error::too_many:
        return ErrorNumber::too_many;
    case kernel::Error::too_long:
        return ErrorNumber::too_long;
    case kernel::Error::bad_program:
        return ErrorNumber::bad_program;
    case kernel::Error::bad_descriptor:
        return ErrorNumber::bad_descriptor;
    case kernel::Error::bad_call:
        return ErrorNumber::bad_call;
    case kernel::Error::bad_argument:
    case kernel::Error::cancelled: // those below are of events, and reach no system call
    case kernel::Error::already_joined:
    case kernel::Error::timed_out:
    case kernel::Error::deadlock:
        break;
    }
    return ErrorNumber::bad_argument;
}

} // namespace process
