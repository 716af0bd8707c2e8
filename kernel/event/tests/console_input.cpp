#include "kernel/event/console_input.hpp"

#include "arch/console_input.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/sleep.hpp"
#include "kernel/test/test.hpp"

#if __STDC_HOSTED__
#include "arch/host/machine.hpp"
#else
#include "kernel/lib/machine.hpp"
#endif

#include <string_view>

// The real device in loopback, in the kernel; on the host a pretended one.
namespace {

void send(char byte) {
#if __STDC_HOSTED__
    host::console_receive(byte);
#else
    arch::set_console_loopback(true);
    kernel::console_write({&byte, 1});
    arch::set_console_loopback(false);
#endif
}

event::Event* start(event::Task<void> task) {
    const auto created = event::Event::create(task.release());
    if (!created)
        return nullptr;
    event::executor().start(**created);
    return *created;
}

char block[8];
std::string_view received() {
    return {block, sizeof block};
}

event::Task<void> assemble() {
    EXPECT((co_await event::read_console_block(block)).has_value());
}

event::Task<void> send_slowly(std::string_view text) {
    for (char byte : text) {
        send(byte);
        co_await event::sleep_for(10'000);
    }
}

char taken[2];
event::Task<void> take_one(unsigned place) {
    taken[place] = co_await event::console_byte();
}

} // namespace

// The seed text's request to a device: an event waits for a block while another one runs, and interrupts bring it in.
TEST(console_input, assembles_a_block_while_others_run) {
    start(assemble());
    start(send_slowly("01234567"));
    event::executor().run();
    EXPECT(received() == "01234567");
}

TEST(console_input, keeps_what_comes_before_anybody_reads) {
    for (char byte : std::string_view{"abcdefgh"})
        send(byte);
    start(assemble());
    event::executor().run();
    EXPECT(received() == "abcdefgh");
}

TEST(console_input, serves_in_the_order_of_waiting) {
    start(take_one(0));
    start(take_one(1));
    start(send_slowly("xy"));
    event::executor().run();
    EXPECT_EQ(taken[0], 'x');
    EXPECT_EQ(taken[1], 'y');
}

// A line that is too long is cut off; it does not become one with the next.
TEST(console_input, keeps_the_end_of_a_line_that_does_not_fit) {
    const std::size_t before = event::dropped_console_bytes();
    for (std::size_t i = 0; i < event::CONSOLE_RING_BYTES; ++i)
        send('y');
    send('y');
    send('\r');
    send('y');
    send('\4');
    EXPECT_EQ(event::dropped_console_bytes() - before, 2u);
    for (std::size_t i = 0; i < event::CONSOLE_RING_BYTES / sizeof block; ++i)
        start(assemble());
    start(take_one(0));
    start(take_one(1));
    event::executor().run();
    EXPECT_EQ(taken[0], '\r');
    EXPECT_EQ(taken[1], '\4');
}

TEST(console_input, drops_and_counts_what_does_not_fit) {
    const std::size_t before = event::dropped_console_bytes();
    for (std::size_t i = 0; i < event::CONSOLE_RING_BYTES + 3; ++i)
        send('z');
    EXPECT_EQ(event::dropped_console_bytes() - before, 3u);
    for (std::size_t i = 0; i < event::CONSOLE_RING_BYTES / sizeof block; ++i)
        start(assemble());
    event::executor().run();
    EXPECT(received() == "zzzzzzzz");
}
