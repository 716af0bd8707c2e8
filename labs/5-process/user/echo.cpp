// Prints its arguments.

#include "labs/5-process/user/runtime/text.hpp"

int main(int argument_count, char** arguments) {
    user::Text line;
    for (int i = 1; i < argument_count; ++i)
        line.add(i > 1 ? " " : "").add(arguments[i]);
    return line.add("\n").flush() ? 0 : 1;
}
