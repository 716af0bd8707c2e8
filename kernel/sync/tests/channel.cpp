#include "kernel/sync/channel.hpp"

#include "kernel/sync/tests/support.hpp"

#include <memory>

namespace {

using Numbers = sync::Channel<unsigned, 3>;

event::Task<> send_all(Numbers* channel, unsigned first, unsigned count) {
    for (unsigned i = 0; i < count; ++i)
        EXPECT((co_await channel->send(first + i)).has_value());
}
event::Task<> send_one(Numbers* channel, unsigned value, bool* was_sent) {
    *was_sent = (co_await channel->send(value)).has_value();
}
event::Task<> receive_one(Numbers* channel, Order* order) {
    const std::expected<unsigned, kernel::Error> value = co_await channel->receive();
    order->note(value.value_or(999));
}
event::Task<> receive_all(Numbers* channel, Order* order) {
    for (;;) {
        const std::expected<unsigned, kernel::Error> value = co_await channel->receive();
        if (!value)
            co_return;
        order->note(*value);
    }
}

} // namespace

TEST(channel, carries_values_in_order) {
    Numbers channel;
    Order order;
    const event::EventReference sender = start(send_all(&channel, 0, 20));
    settle();
    EXPECT_EQ(sender->state.load(), event::State::blocked);
    EXPECT_EQ(channel.size(), 3U);
    const event::EventReference receiver = start(receive_all(&channel, &order));
    settle();
    EXPECT(is_finished(sender));
    EXPECT(order.is_counting(0, 20));
    channel.close();
    settle();
    EXPECT(is_finished(receiver));
}

TEST(channel, serves_receivers_in_order) {
    Numbers channel;
    Order orders[2];
    start(receive_one(&channel, &orders[0]));
    start(receive_one(&channel, &orders[1]));
    settle();
    EXPECT(channel.try_send(0));
    EXPECT(channel.try_send(1));
    settle();
    EXPECT(orders[0].is_counting(0, 1));
    EXPECT(orders[1].is_counting(1, 1));
}

TEST(channel, holds_no_more_than_its_capacity) {
    Numbers channel;
    Order order;
    for (unsigned i = 0; i < 3; ++i)
        EXPECT(channel.try_send(i));
    EXPECT(!channel.try_send(3));
    start(send_all(&channel, 3, 1));
    settle();
    start(receive_one(&channel, &order));
    event::executor().run_once();
    EXPECT(!channel.try_send(9)); // the place is the sender's already
    settle();
    for (unsigned i = 0; i < 3; ++i)
        start(receive_one(&channel, &order));
    settle();
    EXPECT(order.is_counting(0, 4));
}

TEST(channel, closes) {
    Numbers channel;
    Order order;
    bool was_sent = true;
    for (unsigned i = 0; i < 3; ++i)
        EXPECT(channel.try_send(i));
    start(send_one(&channel, 3, &was_sent));
    settle();
    channel.close();
    settle();
    EXPECT(!was_sent);
    EXPECT(!channel.try_send(4));
    was_sent = true;
    start(send_one(&channel, 5, &was_sent));
    start(receive_all(&channel, &order));
    settle();
    EXPECT(!was_sent);
    EXPECT(order.is_counting(0, 3)); // what was under way
}

TEST(channel, wakes_its_receivers_when_it_closes) {
    Numbers channel;
    Order order;
    const event::EventReference one = start(receive_all(&channel, &order));
    const event::EventReference other = start(receive_all(&channel, &order));
    settle();
    channel.close();
    settle();
    EXPECT(is_finished(one));
    EXPECT(is_finished(other));
    EXPECT_EQ(order.count, 0U);
}

TEST(channel, loses_no_value_to_a_cancelled_receiver) {
    Numbers channel;
    Order order;
    const event::EventReference waiting = start(receive_one(&channel, &order));
    const event::EventReference cancelled = start(receive_one(&channel, &order));
    const event::EventReference last = start(receive_one(&channel, &order));
    settle();
    cancel_by_hand(waiting); // while it waits
    EXPECT(channel.try_send(7));
    cancel_by_hand(cancelled); // with the right to a value that it has not taken
    settle();
    EXPECT(is_finished(last));
    EXPECT(order.is_counting(7, 1));
    const event::EventReference alone = start(receive_one(&channel, &order));
    settle();
    EXPECT(channel.try_send(8));
    cancel_by_hand(alone);
    start(receive_one(&channel, &order));
    settle();
    EXPECT(order.is_counting(7, 2));
}

TEST(channel, loses_no_place_to_a_cancelled_sender) {
    Numbers channel;
    Order order;
    bool was_sent[3] = {};
    for (unsigned i = 0; i < 3; ++i)
        EXPECT(channel.try_send(i));
    event::EventReference senders[3];
    for (unsigned i = 0; i < 3; ++i)
        senders[i] = start(send_one(&channel, 3, &was_sent[i]));
    settle();
    cancel_by_hand(senders[0]); // while it waits
    start(receive_one(&channel, &order));
    event::executor().run_once();
    cancel_by_hand(senders[1]); // with a place that it has not used
    settle();
    EXPECT(was_sent[2]);
    for (unsigned i = 0; i < 3; ++i)
        start(receive_one(&channel, &order));
    settle();
    EXPECT(order.is_counting(0, 4));
    EXPECT(channel.try_send(5));
    EXPECT_EQ(channel.size(), 1U);
}

// Values that own something, each destroyed once.
TEST(channel, carries_what_can_only_be_moved) {
    static unsigned sum;
    sum = 0;
    using Boxes = sync::Channel<std::unique_ptr<unsigned>, 2>;
    Boxes channel;
    constexpr auto send = [](Boxes* boxes) static -> event::Task<> {
        for (unsigned i = 1; i <= 10; ++i)
            (void)co_await boxes->send(std::make_unique<unsigned>(i));
    };
    constexpr auto receive = [](Boxes* boxes) static -> event::Task<> {
        for (unsigned i = 0; i < 9; ++i) {
            std::expected<std::unique_ptr<unsigned>, kernel::Error> box = co_await boxes->receive();
            sum += **box;
        }
    };
    start(send(&channel));
    start(receive(&channel));
    event::executor().run();
    EXPECT_EQ(sum, 45U);
    EXPECT_EQ(channel.size(), 1U); // dies with the channel
}

// What a receiver was promised stays its own, whatever the channel's end brings: a receiver that finds it closed, one
// that close has woken and that runs first, one of those that is cancelled.
TEST(channel, takes_no_value_from_its_receiver_when_it_closes) {
    for (unsigned way = 0; way < 3; ++way) {
        Numbers channel;
        Order promised;
        Order others;
        event::EventReference woken;
        start(receive_one(&channel, &promised), event::Priority::low);
        settle();
        if (way > 0)
            woken = start(receive_one(&channel, &others), event::Priority::high);
        settle();
        EXPECT(channel.try_send(5));
        channel.close();
        if (way == 2)
            cancel_by_hand(woken);
        if (way != 1)
            start(receive_one(&channel, &others), event::Priority::high);
        settle();
        EXPECT(promised.is_counting(5, 1));
        EXPECT(others.is_counting(999, 1));
        EXPECT_EQ(channel.size(), 0U);
    }
}

// A right that is not used after the end goes to whoever comes then.
TEST(channel, keeps_an_unused_value_after_it_closed) {
    Numbers channel;
    Order order;
    const event::EventReference promised = start(receive_one(&channel, &order));
    settle();
    EXPECT(channel.try_send(6));
    channel.close();
    cancel_by_hand(promised);
    start(receive_one(&channel, &order));
    settle();
    EXPECT(order.is_counting(6, 1));
}
