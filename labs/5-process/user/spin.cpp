// Never calls the kernel again, and does not end.

#include "labs/5-process/user/runtime/pollux.hpp"

int main(int, char**) {
    for (volatile bool going = true; going;) {
    }
    return 0;
}
