// One trace on one heap, for valgrind to count (`make bench-heap`): our heap, or whatever malloc the program is given.
//
//     heap_bench pollux|malloc|nothing mixed|medium|frames
//
// `nothing` hands out blocks that were there before: what the loop itself costs.

#include "kernel/lib/not_written.hpp"
#include "labs/1-heap/tests/trace.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr unsigned ROUNDS = 5;
void* slots[trace::SLOTS];
trace::Trace recorded;

struct Pollux {
    static void* allocate(std::size_t bytes) { return heap::allocate(bytes); }
    static void release(void* block) { static_cast<void>(heap::deallocate(block)); }
};
struct Malloc {
    static void* allocate(std::size_t bytes) { return std::malloc(bytes); }
    static void release(void* block) { std::free(block); }
};
struct Nothing {
    [[gnu::noinline]] static void* allocate(std::size_t bytes) { return slots + bytes % trace::SLOTS; }
    [[gnu::noinline]] static void release(void* block) { sink = block; }
    static inline void* volatile sink;
};

template<typename Heap>
bool play_round() {
    bool good = true;
    for (const trace::Operation operation : recorded.operations()) {
        if (operation.bytes != 0)
            good &= (slots[operation.slot] = Heap::allocate(operation.bytes)) != nullptr;
        else
            Heap::release(slots[operation.slot]);
    }
    return good;
}

// valgrind collects in here only (--toggle-collect). A round before it brings every heap to rest.
template<typename Heap>
[[gnu::noinline]] bool play_counted() {
    bool good = true;
    for (unsigned round = 0; round < ROUNDS; ++round)
        good &= play_round<Heap>();
    return good;
}

template<typename Heap>
int play() {
    if (!play_round<Heap>() || !play_counted<Heap>())
        return EXIT_FAILURE;
    std::printf("operations %zu\n", recorded.operations().size() * ROUNDS);
    return EXIT_SUCCESS;
}

} // namespace

// A heap that is not whole yet comes here.
[[noreturn]] void kernel::not_written(const char* function) {
    std::fprintf(stderr, "%s is not written yet\n", function);
    std::_Exit(1);
}

int main(int count, char** words) {
    const std::string_view heap = count == 3 ? words[1] : "";
    const std::string_view name = count == 3 ? words[2] : "";
    if (name == "mixed")
        trace::record_mixed(recorded);
    else if (name == "medium")
        trace::record_medium(recorded);
    else if (name == "frames")
        trace::record_frames(recorded);
    else
        return EXIT_FAILURE;
    heap::initialise(arena);
    if (heap == "pollux")
        return play<Pollux>();
    if (heap == "malloc")
        return play<Malloc>();
    return heap == "nothing" ? play<Nothing>() : EXIT_FAILURE;
}
