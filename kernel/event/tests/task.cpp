// Task<T>: what a call gives, what an await gives, and how long a frame lives.

#include "kernel/event/tests/support.hpp"
#include "kernel/mm/new.hpp"

#include <algorithm>

using event::Task;
using event_test::Counted;
using event_test::run;
using kernel::Error;

namespace {

// Not inlined, or clang makes the frame a part of its caller's.
[[gnu::noinline]] Task<int> number(int* begun) {
    ++*begun;
    co_return 42;
}

Task<> await_number(int* begun, int* value) {
    *value = (co_await number(begun)).value_or(0);
}

// Neither copied nor default constructed.
class MoveOnly {
public:
    explicit MoveOnly(int value) : value_{value} {}
    MoveOnly(MoveOnly&& other) noexcept : value_{std::exchange(other.value_, 0)} {}
    MoveOnly& operator=(MoveOnly&&) = delete;
    int value() const { return value_; }

private:
    int value_;
};

Task<MoveOnly> move_only(int value) {
    co_return MoveOnly{value};
}

Task<> await_move_only(int* value) {
    const auto result = co_await move_only(7);
    *value = result ? result->value() : -1;
}

Task<std::expected<int, Error>> fallible(bool fails) {
    if (fails)
        co_return std::unexpected{Error::closed};
    co_return 5;
}

// One expected for both kinds of error, not one in another.
Task<> await_fallible(std::expected<int, Error>* good, std::expected<int, Error>* bad) {
    *good = co_await fallible(false);
    *bad = co_await fallible(true);
}

[[gnu::noinline]] Task<> hold(Counted, const int* live, int* during) {
    co_await event::yield_now();
    *during = *live;
}

Task<> await_held(int* live, int* during, int* after) {
    EXPECT((co_await hold(Counted{live}, live, during)).has_value());
    *after = *live;
}

Task<> await_if(bool condition, int* sum) {
    // What g++ 12 miscompiles: an await of a temporary in a condition, in a choice, in an argument.
    int begun = 0;
    if ((co_await number(&begun)).has_value())
        *sum += 1;
    *sum += condition ? (co_await number(&begun)).value_or(0) : 1000;
    *sum += std::max((co_await number(&begun)).value_or(0), (co_await number(&begun)).value_or(0));
    switch ((co_await number(&begun)).value_or(0)) {
    case 42:
        *sum += begun;
    }
}

Task<> await_in_vain(Error* error) {
    int begun = 0;
    heap::fail_allocation(1);
    const auto result = co_await number(&begun);
    heap::fail_allocation(0);
    *error = result ? Error::closed : result.error();
    const auto again = co_await number(&begun);
    EXPECT_EQ(again.value_or(0), 42);
    EXPECT_EQ(begun, 1);
}

} // namespace

TEST(task, is_lazy) {
    int begun = 0;
    {
        const Task<int> task = number(&begun);
        EXPECT(!task.is_empty());
    }
    EXPECT_EQ(begun, 0);
}

TEST(task, gives_its_value) {
    int begun = 0;
    int value = 0;
    run(await_number(&begun, &value));
    EXPECT_EQ(begun, 1);
    EXPECT_EQ(value, 42);
}

TEST(task, moves_its_value) {
    int value = 0;
    run(await_move_only(&value));
    EXPECT_EQ(value, 7);
}

TEST(task, gives_one_expected) {
    std::expected<int, Error> good = 0;
    std::expected<int, Error> bad = 0;
    run(await_fallible(&good, &bad));
    EXPECT_EQ(good.value_or(0), 5);
    EXPECT(bad == std::unexpected{Error::closed});
}

TEST(task, is_awaited_anywhere_in_an_expression) {
    int sum = 0;
    run(await_if(true, &sum));
    EXPECT_EQ(sum, 1 + 42 + 42 + 5);
}

TEST(task, dies_with_the_awaiting_expression) {
    int live = 0;
    int during = 0;
    int after = -1;
    run(await_held(&live, &during, &after));
    EXPECT_EQ(during, 2); // the parameter in its frame, and the temporary that it was made of
    EXPECT_EQ(after, 0);
    EXPECT_EQ(live, 0);
}

TEST(task, owns_its_frame) {
    int live = 0;
    int during = 0;
    {
        Task<> task = hold(Counted{&live}, &live, &during);
        EXPECT_EQ(live, 1);
        Task<> other = std::move(task);
        EXPECT(task.is_empty());
        EXPECT(!other.is_empty());
        task = std::move(other);
        EXPECT(!task.is_empty());
        EXPECT_EQ(live, 1);
    }
    EXPECT_EQ(live, 0);
    const auto frame = hold(Counted{&live}, &live, &during).release();
    EXPECT_EQ(live, 1);
    frame.destroy();
    EXPECT_EQ(live, 0);
}

TEST(task, is_empty_without_memory) {
    int live = 0;
    int during = 0;
    heap::fail_allocation(1);
    const Task<> task = hold(Counted{&live}, &live, &during);
    heap::fail_allocation(0);
    EXPECT(task.is_empty());
    EXPECT_EQ(live, 0); // the parameters are gone, once
}

TEST(task, gives_an_error_without_memory) {
    Error error = Error::closed;
    run(await_in_vain(&error));
    EXPECT_EQ(error, Error::out_of_memory);
}

namespace {

struct alignas(64) Line {
    unsigned char bytes[64];
};
[[gnu::noinline]] Task<> hold_lines(unsigned number, unsigned* misaligned) {
    Line line = {};
    alignas(1024) unsigned char wide[8] = {};
    for (unsigned i = 0; i < 2; ++i) {
        *misaligned += reinterpret_cast<std::uintptr_t>(&line) % alignof(Line) != 0 ? 1 : 0;
        *misaligned += reinterpret_cast<std::uintptr_t>(wide) % 1024 != 0 ? 1 : 0;
        line.bytes[number] = wide[0] = 1;
        co_await event::yield_now();
    }
}
Task<> hold_aligned(unsigned count, unsigned* misaligned) {
    if (count > 0)
        EXPECT((co_await hold_lines(count, misaligned)).has_value());
    if (count > 0)
        EXPECT((co_await hold_aligned(count - 1, misaligned)).has_value());
}
Task<> need_memory_for_lines(Error* error) {
    unsigned misaligned = 0;
    heap::fail_allocation(1);
    const auto result = co_await hold_lines(0, &misaligned);
    heap::fail_allocation(0);
    *error = result ? Error::closed : result.error();
}

} // namespace

// What lies in a frame over a co_await is aligned as anywhere else.
TEST(task, aligns_what_its_frame_holds) {
    unsigned misaligned = 0;
    event_test::run(hold_aligned(16, &misaligned));
    EXPECT_EQ(misaligned, 0U);
    Error error = Error::closed;
    event_test::run(need_memory_for_lines(&error));
    EXPECT_EQ(error, Error::out_of_memory);
}
