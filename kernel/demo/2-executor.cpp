// Events of four priorities share the core. All are always ready: what the lower ones get, they get by ageing.

#include "arch/clock.hpp"
#include "arch/x86_64/watchdog.hpp"
#include "kernel/demo/screen.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/sleep.hpp"
#include "kernel/event/task.hpp"
#include "kernel/test/test.hpp"

#include <array>

namespace demo {

namespace {

constexpr std::size_t EVENTS = 8, TAPE = 72, TAPES = 6;
constexpr unsigned TURNS_A_PICTURE = 216;
constexpr const char* NAMES[event::PRIORITY_COUNT] = {"background", "low", "normal", "high"};

struct Sharing {
    std::array<std::uint64_t, EVENTS> turns{};
    std::array<event::Event*, EVENTS> events{};
    char tape[TAPES * TAPE]; // whose turn it was, the latest at the end
    bool over = false;
};

event::Task<> take_turns(Sharing* sharing, std::size_t self) {
    while (!sharing->over) {
        ++sharing->turns[self];
        for (std::size_t i = 1; i < sizeof sharing->tape; ++i)
            sharing->tape[i - 1] = sharing->tape[i];
        sharing->tape[sizeof sharing->tape - 1] = static_cast<char>('a' + self);
        co_await event::yield_now();
    }
}

event::Priority priority_of(std::size_t self) {
    return static_cast<event::Priority>(event::PRIORITY_COUNT - 1 - self / 2);
}

void draw(const Sharing& sharing, std::uint64_t all) {
    begin_picture("Stage 2: four priorities share the core. Ctrl-A X leaves.");
    for (std::size_t self = 0; self < EVENTS; ++self) {
        char room[64];
        const std::uint64_t share = all == 0 ? 0 : sharing.turns[self] * 1000 / all;
        line("{} {:>10} {:>7} turns {:>3}.{} %  {}", static_cast<char>('a' + self),
             NAMES[static_cast<unsigned>(priority_of(self))], sharing.turns[self], share / 10, share % 10,
             bar(room, '#', (share + 14) / 15));
    }
    line("");
    line("the latest {} turns, as they came:", sizeof sharing.tape);
    for (std::size_t row = 0; row < TAPES; ++row)
        line("  {}", std::string_view{sharing.tape + row * TAPE, TAPE});
    line("");
    line("a and b are high and always ready. Each other letter was aged up to them:");
    line("who waits {} polls moves a queue up; after its turn it begins below again.", event::AGEING_POLLS);
}

} // namespace

TEST(demo, executor) {
    arch::watchdog_stop(); // it lasts longer than a test
    static Sharing sharing;
    for (char& letter : sharing.tape)
        letter = ' ';
    for (std::size_t self = 0; self < EVENTS; ++self) {
        const auto made = event::Event::create(take_turns(&sharing, self).release(), priority_of(self));
        REQUIRE(made.has_value());
        event::executor().start(**made);
    }
    std::uint64_t all = 0;
    const std::uint64_t begin = arch::now();
    while (arch::now() - begin < LASTS) {
        for (unsigned turn = 0; turn < TURNS_A_PICTURE; ++turn)
            all += event::executor().run_once() ? 1 : 0;
        draw(sharing, all);
        for (const std::uint64_t drawn = arch::now(); arch::now() - drawn < FRAME;) {
        }
    }
    sharing.over = true;
    while (event::executor().run_once())
        event::reap();
    for (const std::uint64_t turns : sharing.turns)
        EXPECT_GT(turns, 0u); // nobody starved
    end();
}

} // namespace demo
