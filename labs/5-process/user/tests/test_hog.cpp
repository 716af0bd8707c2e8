// Touches page after page, for ever: a little at a time, so that others see it grow.

#include "labs/5-process/user/tests/check.hpp"

int main(int, char**) {
    for (;;) {
        const std::int64_t pages = user::map(16 * user::PAGE);
        CHECK(pages > 0);
        for (std::size_t i = 0; i < 16; ++i)
            *reinterpret_cast<volatile char*>(static_cast<std::uint64_t>(pages) + i * user::PAGE) = 1;
        user::yield();
    }
}
