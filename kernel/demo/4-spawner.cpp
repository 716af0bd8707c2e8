// A tree of scopes: each branch spawns others in a scope of its own. A key cancels the root, and with it all of them.

#include "arch/clock.hpp"
#include "arch/x86_64/watchdog.hpp"
#include "kernel/demo/screen.hpp"
#include "kernel/event/console_input.hpp"
#include "kernel/event/executor.hpp"
#include "kernel/event/scope.hpp"
#include "kernel/event/sleep.hpp"
#include "kernel/event/spawner.hpp"
#include "kernel/event/task.hpp"
#include "kernel/lib/random.hpp"
#include "kernel/test/test.hpp"

namespace demo {

namespace {

constexpr unsigned DEEPEST = 5, MOST_CHILDREN = 3, MOST_LINES = 17;
constexpr std::uint64_t GROWS = SECOND / 4, COLLAPSES = 4 * SECOND;

struct Forest {
    kernel::Random random{0x74726565};
    event::Event* root = nullptr;
    std::uint64_t alive = 0, grown = 0, collapses = 0;
    bool over = false;
};
constinit Forest* forest = nullptr;

// One branch that is alive; lies in its frame, and is gone with it, however that goes.
struct Branch {
    explicit Branch(Branch* above) : parent{above}, id{event::current()->id} {
        if (parent != nullptr)
            parent->children.push_back(*this);
        ++forest->alive;
        ++forest->grown;
    }
    ~Branch() {
        node.unlink();
        --forest->alive;
    }
    Branch(const Branch&) = delete;
    Branch& operator=(const Branch&) = delete;

    Branch* parent;
    std::uint64_t id;
    kernel::ListNode node;
    kernel::List<Branch, &Branch::node> children;
};
constinit Branch* trunk = nullptr;

event::Task<> grow(Branch* parent, unsigned depth) {
    Branch self{parent};
    if (parent == nullptr)
        trunk = &self;
    struct Uproot {
        Branch* own;
        ~Uproot() { trunk = trunk == own ? nullptr : trunk; }
    } const uproot{&self};
    event::Scope scope;
    const std::uint64_t children = depth < DEEPEST ? forest->random.between(depth < 2 ? 2 : 0, MOST_CHILDREN) : 0;
    for (std::uint64_t i = 0; i < children; ++i) {
        co_await event::sleep_for(GROWS + forest->random.below(GROWS));
        if (!scope.spawn(grow(&self, depth + 1)))
            co_return;
    }
    co_await event::sleep_for(GROWS * forest->random.between(2, 8));
    co_await scope.join();
}

void draw_branch(Branch& branch, unsigned depth, unsigned& lines) {
    if (++lines > MOST_LINES)
        return;
    char room[64];
    line("  {}{} event {}", bar(room, ' ', 4 * depth), depth == 0 ? "*" : "`--", branch.id);
    for (Branch* child = branch.children.front(); child != nullptr; child = branch.children.next(*child))
        draw_branch(*child, depth + 1, lines);
}

void draw() {
    begin_picture("Stage 4: a tree of scopes. A key cancels the root; q ends. Ctrl-A X leaves.");
    line("{} alive, {} grown so far, {} times collapsed, {} events live", forest->alive, forest->grown,
         forest->collapses, event::live_events());
    line("");
    unsigned lines = 0;
    if (trunk != nullptr)
        draw_branch(*trunk, 0, lines);
    if (lines > MOST_LINES)
        line("  and {} more", forest->alive - MOST_LINES);
    for (; lines <= MOST_LINES; ++lines)
        line("");
}

void collapse() {
    if (forest->root != nullptr)
        event::cancel(*forest->root);
}

// Lets a tree grow, and another one when it has ended.
event::Task<> plant() {
    while (!forest->over) {
        auto root = event::spawn(grow(nullptr, 0));
        if (!root)
            co_return;
        forest->root = root->get();
        static_cast<void>(co_await *root);
        forest->root = nullptr;
        forest->collapses += event::was_cancelled(*root->get()) ? 1 : 0;
    }
}

event::Task<> read_keys() {
    for (;;) {
        const char key = co_await event::console_byte();
        forest->over = key == 'q';
        collapse();
    }
}

event::Task<> draw_now_and_then() {
    const std::uint64_t begin = arch::now();
    for (std::uint64_t next = begin + COLLAPSES; !forest->over && arch::now() < begin + LASTS;) {
        draw();
        co_await event::sleep_for(FRAME);
        if (arch::now() > next) {
            collapse();
            next += COLLAPSES;
        }
    }
    forest->over = true;
    collapse();
}

event::Task<> live() {
    auto planter = event::spawn(plant());
    auto reader = event::spawn(read_keys(), event::Priority::high);
    auto drawer = event::spawn(draw_now_and_then(), event::Priority::high);
    if (planter && reader && drawer) {
        static_cast<void>(co_await *drawer);
        static_cast<void>(co_await *planter);
        reader->cancel();
    }
}

} // namespace

TEST(demo, spawner) {
    arch::watchdog_stop(); // it lasts longer than a test
    Forest own;
    forest = &own;
    const auto made = event::Event::create(live().release());
    REQUIRE(made.has_value());
    event::executor().start(**made);
    event::executor().run();
    draw();
    EXPECT_EQ(own.alive, 0u);
    EXPECT_EQ(event::live_events(), 0u);
    end();
}

} // namespace demo
