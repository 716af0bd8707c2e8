// Forks, for ever; so does each child. Without fork it spawns itself.

#include "labs/5-process/user/tests/check.hpp"

int main(int, char**) {
    for (;;) {
        if (user::system_call(user::SystemCall::fork) < 0)
            user::spawn("test_bomb");
        user::yield();
    }
}
