#include "kernel/lib/random.hpp"
#include "kernel/process/tests/support.hpp"

#include <algorithm>
#include <optional>

// Random changes to some spaces, which fork from one another, each held against a model: what a page allows, and what
// it holds.

namespace {

constexpr std::uint64_t AT = 0x60'0000 - 16 * PAGE_BYTES; // tables of the lowest level meet in the middle
constexpr std::size_t PAGES = 32;
constexpr std::size_t SPACES = 4;

class ModelledSpace {
public:
    static std::optional<ModelledSpace> create() {
        auto space = AddressSpace::create();
        return space ? std::optional{ModelledSpace{std::move(*space)}} : std::nullopt;
    }

    void map(std::size_t first, std::size_t count, Access access) {
        bool is_free = true;
        for (std::size_t i = first; i < first + count; ++i)
            is_free = is_free && !pages_[i].is_mapped;
        EXPECT_EQ(space_.map(address(first), count * PAGE_BYTES, access).has_value(), is_free);
        for (std::size_t i = first; is_free && i < first + count; ++i)
            pages_[i] = {true, access == Access::read_write, 0};
    }

    void unmap(std::size_t first, std::size_t count) {
        EXPECT(space_.unmap(address(first), count * PAGE_BYTES).has_value());
        for (std::size_t i = first; i < first + count; ++i)
            pages_[i] = {};
    }

    void write(std::size_t page, std::uint64_t value) {
        EXPECT_EQ(put(space_, number(address(page)), value).has_value(), pages_[page].is_writable);
        if (pages_[page].is_writable)
            pages_[page].value = value;
    }

    void look_at(std::size_t page) {
        EXPECT_EQ(space_.fill_in(address(page), Right::read).has_value(), pages_[page].is_mapped);
        EXPECT_EQ(get(space_, number(address(page))), pages_[page].value);
    }

    std::optional<ModelledSpace> fork() {
        auto copy = space_.fork();
        if (!copy)
            return std::nullopt;
        ModelledSpace forked{std::move(*copy)};
        std::copy(std::begin(pages_), std::end(pages_), forked.pages_);
        return forked;
    }

private:
    struct Page {
        bool is_mapped = false;
        bool is_writable = false;
        std::uint64_t value = 0;
    };

    explicit ModelledSpace(AddressSpace space) : space_{std::move(space)} {}
    static UserAddress address(std::size_t page) { return UserAddress{AT + page * PAGE_BYTES}; }

    AddressSpace space_;
    Page pages_[PAGES];
};

void change(std::optional<ModelledSpace> (&spaces)[SPACES], kernel::Random& random) {
    std::optional<ModelledSpace>& space = spaces[random.below(SPACES)];
    if (!space) {
        space = ModelledSpace::create();
        return;
    }
    const std::size_t first = random.below(PAGES);
    const std::size_t count = random.between(1, std::min<std::size_t>(8, PAGES - first));
    switch (random.below(16)) {
    case 0:
        space.reset();
        break;
    case 1:
        spaces[random.below(SPACES)] = space->fork();
        break;
    case 2:
    case 3:
    case 4:
        space->map(first, count, random.below(3) == 0 ? Access::read : Access::read_write);
        break;
    case 5:
    case 6:
        space->unmap(first, count);
        break;
    case 7:
    case 8:
    case 9:
    case 10:
        space->look_at(first);
        break;
    default:
        space->write(first, random.next());
        break;
    }
}

} // namespace

TEST(address_space, follows_a_model) {
    FrameCheck frames;
    kernel::Random random{test::seed()};
    std::optional<ModelledSpace> spaces[SPACES];
    for (int i = 0; i < 10'000; ++i)
        change(spaces, random);
    for (std::optional<ModelledSpace>& space : spaces)
        for (std::size_t page = 0; space && page < PAGES; ++page)
            space->look_at(page);
}
