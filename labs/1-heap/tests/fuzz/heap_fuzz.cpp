// libFuzzer's way into the heap (make fuzz LAB=1): bytes become operations, and after each of them the heap is held
// against a model that knows every live block. The arena is a malloc block of just its size, so the sanitizers see
// every access beside it. Host only.

#include "kernel/lib/not_written.hpp"
#include "kernel/mm/heap.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace {

struct Live {
    std::byte* pointer;
    std::size_t bytes;
    std::byte mark;
};

// The operations, one byte or a few at a time; zeros when there are no more.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
    bool empty() const { return size_ == 0; }
    std::size_t byte() { return empty() ? 0 : (--size_, *data_++); }
    std::size_t word() {
        const std::size_t high = byte();
        return high << 8 | byte();
    }

private:
    const std::uint8_t* data_;
    std::size_t size_;
};

class Life {
public:
    explicit Life(Input input) : input_(input) {}

    void live() {
        const std::size_t bytes = input_.word();
        const std::size_t skipped = input_.byte() % 32;
        const std::unique_ptr<std::byte[]> memory(new std::byte[bytes + skipped]);
        arena_ = {memory.get() + skipped, bytes};
        heap::initialise(arena_);
        const heap::Stats at_first = heap::stats();
        check();
        while (!input_.empty()) {
            step();
            check();
        }
        while (!live_.empty())
            free(0);
        check();
        const heap::Stats at_last = heap::stats();
        expect(at_last.free_blocks == at_first.free_blocks && at_last.free_bytes == at_first.free_bytes,
               "all is one block again");
        heap::initialise({});
    }

private:
    static void expect(bool held, const char* rule) {
        if (held)
            return;
        std::fprintf(stderr, "broken: %s\n", rule);
        std::abort();
    }

    void step() {
        switch (input_.byte() % 8) {
        case 0:
        case 1:
            return allocate(input_.byte(), heap::MINIMUM_ALIGNMENT);
        case 2:
            return allocate(input_.word(), heap::MINIMUM_ALIGNMENT);
        case 3:
            return allocate(input_.byte(), std::size_t{1} << input_.byte() % 14);
        case 4:
            return allocate(heap::stats().largest_free_bytes + input_.byte() % 4 - 2, heap::MINIMUM_ALIGNMENT);
        case 5:
            return free_badly(arena_.data() + input_.word() - 64);
        default:
            return live_.empty() ? void() : free(input_.byte() % live_.size());
        }
    }

    void allocate(std::size_t bytes, std::size_t alignment) {
        const heap::Stats before = heap::stats();
        std::byte* const pointer = static_cast<std::byte*>(heap::allocate(bytes, alignment));
        if (alignment == heap::MINIMUM_ALIGNMENT)
            expect((pointer != nullptr) == (before.largest_free_bytes != 0 && bytes <= before.largest_free_bytes),
                   "granted just if largest_free_bytes says so");
        if (pointer == nullptr)
            return expect(heap::stats().allocated_bytes == before.allocated_bytes, "a refusal changes nothing");
        expect(alignment <= heap::MAXIMUM_ALIGNMENT, "no alignment beyond the greatest");
        expect(reinterpret_cast<std::uintptr_t>(pointer) % std::max(alignment, heap::MINIMUM_ALIGNMENT) == 0,
               "aligned");
        expect(pointer >= arena_.data() && bytes <= arena_.size() && pointer <= arena_.data() + (arena_.size() - bytes),
               "inside the arena");
        for (const Live& other : live_)
            expect(pointer + bytes <= other.pointer || other.pointer + other.bytes <= pointer, "apart from the others");
        live_.push_back({pointer, bytes, static_cast<std::byte>(++marks_)});
        std::memset(pointer, static_cast<int>(live_.back().mark), bytes);
        asked_ += bytes;
    }

    void free(std::size_t index) {
        const Live block = live_[index];
        expect(std::all_of(block.pointer, block.pointer + block.bytes, [&](std::byte b) { return b == block.mark; }),
               "a block holds what its owner wrote");
        expect(heap::deallocate(block.pointer).has_value(), "a live block is taken back");
        live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(index));
        asked_ -= block.bytes;
        const auto again = heap::deallocate(block.pointer);
        expect(!again && again.error() == heap::BadFree::double_free, "a double free is named");
    }

    // Any address in the arena and beside it that is not a live block. What was a block once may be a double free.
    void free_badly(std::byte* pointer) {
        if (std::ranges::any_of(live_, [&](const Live& block) { return block.pointer == pointer; }))
            return;
        const auto result = heap::deallocate(pointer);
        expect(!result && result.error() != heap::BadFree::overrun, "a bad free is refused");
        if (pointer < arena_.data() || pointer >= arena_.data() + arena_.size())
            expect(result.error() == heap::BadFree::foreign_pointer, "a foreign pointer is named");
    }

    void check() {
        const heap::Stats now = heap::stats();
        expect(now.arena_bytes == arena_.size(), "arena_bytes");
        expect(now.allocated_blocks == live_.size(), "allocated_blocks");
        expect(now.allocated_bytes >= asked_, "allocated_bytes");
        expect(now.allocated_bytes + now.free_bytes <= arena_.size(), "live and free fit in the arena");
        expect(now.free_blocks <= live_.size() + 1, "no two free blocks touch");
        expect(now.largest_free_bytes <= now.free_bytes, "the largest is one of the free blocks");
    }

    Input input_;
    std::span<std::byte> arena_;
    std::vector<Live> live_;
    std::size_t asked_ = 0;
    unsigned marks_ = 0;
};

} // namespace

// A heap that is not whole yet comes here.
[[noreturn]] void kernel::not_written(const char* function) {
    std::fprintf(stderr, "%s is not written yet\n", function);
    std::_Exit(1);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Life(Input(data, size)).live();
    return 0;
}
