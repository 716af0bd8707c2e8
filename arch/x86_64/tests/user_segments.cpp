#include "arch/x86_64/core.hpp"
#include "arch/x86_64/tests/user_world.hpp"
#include "arch/x86_64/user_mode.hpp"
#include "kernel/test/test.hpp"

#include <initializer_list>

// DS, ES, FS and GS, which ring 3 can set and read, and which nothing else uses.

namespace {

using arch::UserContext;
using user_world::UserWorld;

} // namespace

USER_CODE(set_segments, "mov $0x1b, %eax; mov %eax, %ds; mov %eax, %es; mov %eax, %fs; mov %eax, %gs; syscall;"
                        "mov %ds, %eax; mov %es, %ebx; mov %fs, %edx; mov %gs, %esi; syscall");
USER_CODE(read_segments, "mov %ds, %eax; mov %es, %ebx; mov %fs, %edx; mov %gs, %esi; syscall");

// The selectors of one context are nobody else's, and the core finds its own data as before.
TEST(user_segments, of_a_new_context_are_null) {
    UserWorld world;
    UserContext first = world.begin(set_segments);
    (void)arch::enter_user(first);
    UserContext second = world.begin(read_segments);
    second.rax = second.rbx = second.rdx = second.rsi = 7;
    (void)arch::enter_user(second);
    for (const std::uint64_t selector : {second.rax, second.rbx, second.rdx, second.rsi})
        EXPECT_EQ(selector, 0u);
    EXPECT_EQ(&arch::this_core(), arch::this_core().self);
}

// One that runs on alone keeps its own.
TEST(user_segments, are_kept_from_call_to_call) {
    UserWorld world;
    UserContext context = world.begin(set_segments);
    (void)arch::enter_user(context);
    (void)arch::enter_user(context);
    for (const std::uint64_t selector : {context.rax, context.rbx, context.rdx, context.rsi})
        EXPECT_EQ(selector, 0x1bu);
}
