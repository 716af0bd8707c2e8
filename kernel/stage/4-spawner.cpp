#include "kernel/stage/stage.hpp"

namespace stage {

std::string_view lab_folder() {
    return "labs/4-spawner/";
}

std::string_view title() {
    return "stage 4: a kernel of events that spawn events";
}

} // namespace stage
