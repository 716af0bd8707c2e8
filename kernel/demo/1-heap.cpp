// The heap as a map that breathes: blocks come and go in waves, and the figures are the heap's own.

#include "arch/clock.hpp"
#include "arch/x86_64/watchdog.hpp"
#include "kernel/demo/screen.hpp"
#include "kernel/lib/random.hpp"
#include "kernel/mm/heap.hpp"
#include "kernel/test/test.hpp"

#include <array>

namespace demo {

namespace {

constexpr std::size_t ARENA = 192 << 10;
constexpr std::size_t COLUMNS = 72, LINES = 12, CELLS = COLUMNS * LINES;
constexpr std::size_t SLOTS = 400;
constexpr unsigned STEPS_A_PICTURE = 40;

struct Block {
    std::byte* at = nullptr;
    std::size_t bytes = 0;
};

alignas(4096) std::byte arena[ARENA];
constinit std::array<Block, SLOTS> blocks{};

// How full each part of the arena is, by what was asked for: in use, partly, free.
void draw_map() {
    constexpr std::size_t CELL = ARENA / CELLS;
    static constinit std::array<std::uint32_t, CELLS + 1> used{};
    used.fill(0);
    for (const Block& block : blocks) {
        if (block.at == nullptr)
            continue;
        const std::size_t begin = static_cast<std::size_t>(block.at - arena);
        for (std::size_t at = begin; at < begin + block.bytes;) {
            const std::size_t cell = at / CELL < CELLS ? at / CELL : CELLS;
            const std::size_t next = (cell + 1) * CELL < begin + block.bytes ? (cell + 1) * CELL : begin + block.bytes;
            used[cell] += static_cast<std::uint32_t>(next - at);
            at = next > at ? next : begin + block.bytes;
        }
    }
    for (std::size_t row = 0; row < LINES; ++row) {
        char text[COLUMNS];
        for (std::size_t column = 0; column < COLUMNS; ++column) {
            const std::uint32_t bytes = used[row * COLUMNS + column];
            text[column] = bytes == 0 ? '.' : bytes * 3 < CELL ? '-' : bytes * 3 < CELL * 2 ? '+' : '#';
        }
        line("{}", std::string_view{text, COLUMNS});
    }
}

void draw_figures(std::uint64_t refused) {
    const heap::Stats stats = heap::stats();
    const std::uint64_t apart =
        stats.free_bytes == 0 ? 0 : 100 - 100 * std::uint64_t{stats.largest_free_bytes} / stats.free_bytes;
    line("");
    line("# in use   + - partly   . free        each sign is {} bytes", ARENA / CELLS);
    line("");
    line("in use {:>4} blocks {:>7} bytes      refused for want of room {}", stats.allocated_blocks,
         stats.allocated_bytes, refused);
    line("free   {:>4} blocks {:>7} bytes      the largest {}", stats.free_blocks, stats.free_bytes,
         stats.largest_free_bytes);
    line("fragmentation {:>3} %: that part of what is free is not in the largest block", apart);
}

} // namespace

TEST(demo, heap) {
    arch::watchdog_stop(); // it lasts longer than a test
    heap::initialise(arena);
    kernel::Random random{0x68656170};
    std::uint64_t refused = 0;
    const std::uint64_t begin = arch::now();
    for (unsigned picture = 0; arch::now() - begin < LASTS; ++picture) {
        // It breathes: for a while more come than go, then more go.
        const unsigned phase = picture % 48;
        const std::uint64_t come = phase < 24 ? 70 : 25;
        for (unsigned step = 0; step < STEPS_A_PICTURE; ++step) {
            Block& block = blocks[random.below(SLOTS)];
            if (block.at == nullptr && random.below(100) < come) {
                const std::size_t bytes = std::size_t{16} << random.below(8);
                block = {static_cast<std::byte*>(heap::allocate(bytes)), bytes};
                refused += block.at == nullptr ? 1 : 0;
            } else if (block.at != nullptr && random.below(100) >= come) {
                EXPECT(heap::deallocate(block.at).has_value());
                block = {};
            }
        }
        begin_picture("Stage 1: the heap breathes. Ctrl-A X leaves.");
        draw_map();
        draw_figures(refused);
        for (const std::uint64_t drawn = arch::now(); arch::now() - drawn < FRAME;) {
        }
    }
    for (Block& block : blocks)
        if (block.at != nullptr)
            EXPECT(heap::deallocate(std::exchange(block.at, nullptr)).has_value());
    begin_picture("Stage 1: all is given back.");
    draw_map();
    draw_figures(refused);
    EXPECT_EQ(heap::stats().free_blocks, 1u);
    end();
}

} // namespace demo
