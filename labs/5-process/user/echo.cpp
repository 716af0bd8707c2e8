// Prints its arguments.

#include "labs/5-process/user/runtime/pollux.hpp"

int main(int argument_count, char** arguments) {
    for (int i = 1; i < argument_count; ++i)
        if ((i > 1 && !user::print(" ")) || !user::print(arguments[i]))
            return 1;
    return user::print("\n") ? 0 : 1;
}
