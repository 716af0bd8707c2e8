#include "kernel/stage/stage.hpp"

namespace stage {

std::string_view lab_folder() {
    return "labs/3-waker/";
}

std::string_view title() {
    return "stage 3: a kernel of events that wait";
}

} // namespace stage
