#include "arch/x86_64/trap.hpp"
#include "arch/x86_64/user_mode.hpp"
#include "kernel/process/tests/support.hpp"

// That the processor sees what an AddressSpace says, after every change to a space that is loaded: ring 3 reads, writes
// or runs one page, and either comes through to its system call or faults there.

namespace {

constexpr std::uint64_t CODE = 0x40'0000;
constexpr std::uint64_t AT = 0x70'0000;
constexpr std::uint64_t PRESENT = 1 << 0, WRITE = 1 << 1, USER = 1 << 2, FETCH = 1 << 4; // SDM volume 3, section 4.7

// At CODE: read, write and jump to what rdi points to. At AT, one page: a system call, which other pages begin with
// too.
constexpr unsigned char READ[] = {0x48, 0x8b, 0x07, 0x0f, 0x05};     // mov rax, [rdi]; syscall
constexpr unsigned char WRITE_IT[] = {0x48, 0x89, 0x37, 0x0f, 0x05}; // mov [rdi], rsi; syscall
constexpr unsigned char RUN[] = {0xff, 0xe7};                        // jmp rdi
constexpr std::uint64_t SYSTEM_CALL = 0x0000'0000'0000'050f;         // syscall

void write_code(AddressSpace& space, std::uint64_t at, std::span<const unsigned char> code) {
    const auto where = space.locate(UserAddress{at}, Right::read);
    if (where)
        std::memcpy(arch::direct<std::byte>(*where), code.data(), code.size());
}

// Code at CODE, and 4 pages at AT with this access, none of them touched.
std::expected<AddressSpace, Error> make_space(Access access) {
    auto space = AddressSpace::create();
    if (!space || !space->map(UserAddress{CODE}, PAGE_BYTES, Access::read_execute) ||
        !space->map(UserAddress{AT}, 4 * PAGE_BYTES, access))
        return std::unexpected{Error::out_of_memory};
    write_code(*space, CODE, READ);
    write_code(*space, CODE + 16, WRITE_IT);
    write_code(*space, CODE + 32, RUN);
    return space;
}

struct Outcome {
    bool came_through;
    std::uint64_t value; // read, or the error code of the page fault
};

// Whatever else happens is a failed test.
Outcome touch(AddressSpace& space, std::uint64_t address, Right right, std::uint64_t value = 0) {
    arch::UserContext context;
    context.rip = CODE + 16 * static_cast<std::uint64_t>(right);
    context.rdi = address;
    context.rsi = value;
    space.load();
    arch::Trap trap = arch::enter_user(context);
    while (trap.kind == arch::Trap::Kind::interrupt)
        trap = arch::enter_user(context);
    if (trap.kind == arch::Trap::Kind::system_call)
        return {true, context.rax};
    EXPECT_EQ(trap.vector, arch::PAGE_FAULT);
    EXPECT_EQ(trap.address, address);
    return {false, trap.error_code};
}

bool reads(AddressSpace& space, std::uint64_t address, std::uint64_t value) {
    const Outcome outcome = touch(space, address, Right::read);
    return outcome.came_through && outcome.value == value;
}

bool writes(AddressSpace& space, std::uint64_t address, std::uint64_t value) {
    return touch(space, address, Right::write, value).came_through;
}

} // namespace

TEST(paging, gives_each_access_its_rights) {
    FrameCheck frames;
    for (const Access access : {Access::read, Access::read_write, Access::read_execute}) {
        auto space = make_space(access);
        REQUIRE(space.has_value());
        std::uint64_t page = AT;
        for (const Right right : {Right::read, Right::write, Right::execute}) {
            const Outcome lazy = touch(*space, page, right);
            EXPECT(!lazy.came_through);
            EXPECT_EQ(lazy.value & ~FETCH, USER | (right == Right::write ? WRITE : 0));
            EXPECT(space->fill_in(UserAddress{page}, Right::read).has_value());
            write_code(*space, page, {reinterpret_cast<const unsigned char*>(&SYSTEM_CALL), 8});
            const bool may = right == Right::read || (right == Right::write && access == Access::read_write) ||
                             (right == Right::execute && access == Access::read_execute);
            const Outcome filled = touch(*space, page, right, 5);
            EXPECT_EQ(filled.came_through, may);
            EXPECT_EQ(space->fill_in(UserAddress{page}, right).has_value(), may);
            if (!may)
                EXPECT_EQ(filled.value, PRESENT | USER | (right == Right::write ? WRITE : FETCH));
            page += PAGE_BYTES;
        }
    }
}

TEST(paging, shows_ring_3_nothing_of_the_kernel) {
    FrameCheck frames;
    auto space = make_space(Access::read_write);
    REQUIRE(space.has_value());
    static std::uint64_t secret = 42;
    for (const std::uint64_t address : {reinterpret_cast<std::uint64_t>(&secret), arch::DIRECT_MAP_BASE + 0x10'0000,
                                        arch::HEAP_BASE + PAGE_BYTES, reinterpret_cast<std::uint64_t>(text_begin)})
        for (const Right right : {Right::read, Right::write, Right::execute}) {
            EXPECT(!touch(*space, address, right).came_through);
            EXPECT(is_error(space->fill_in(UserAddress{address}, right), Error::bad_address));
        }
    EXPECT(!touch(*space, 0, Right::read).came_through);
    EXPECT_EQ(secret, 42u);
}

TEST(paging, forgets_what_it_unmaps) {
    FrameCheck frames;
    auto space = make_space(Access::read_write);
    REQUIRE(space.has_value() && put(*space, AT, 1) && put(*space, AT + PAGE_BYTES, 2));
    EXPECT(reads(*space, AT, 1));
    EXPECT(writes(*space, AT + PAGE_BYTES, 3));
    EXPECT(space->unmap(UserAddress{AT}, PAGE_BYTES).has_value());
    EXPECT(!touch(*space, AT, Right::read).came_through);
    EXPECT(reads(*space, AT + PAGE_BYTES, 3));
    EXPECT(space->unmap(UserAddress{AT}, 4 * PAGE_BYTES).has_value());
    EXPECT(!touch(*space, AT + PAGE_BYTES, Right::read).came_through);
}

// The parent has written to the page just before: its core must not remember that it may.
TEST(paging, fork_takes_the_right_to_write_from_both) {
    FrameCheck frames;
    auto parent = make_space(Access::read_write);
    REQUIRE(parent.has_value() && put(*parent, AT, 1));
    EXPECT(writes(*parent, AT, 2));
    auto child = parent->fork();
    REQUIRE(child.has_value());
    const Outcome denied = touch(*parent, AT, Right::write, 3);
    EXPECT(!denied.came_through);
    EXPECT_EQ(denied.value, PRESENT | WRITE | USER);
    EXPECT(reads(*parent, AT, 2));
    EXPECT(parent->fill_in(UserAddress{AT}, Right::write).has_value());
    EXPECT(writes(*parent, AT, 3) && reads(*parent, AT, 3));
    EXPECT(reads(*child, AT, 2));
    EXPECT(!writes(*child, AT, 4));
    EXPECT(child->fill_in(UserAddress{AT}, Right::write).has_value());
    EXPECT(writes(*child, AT, 4) && reads(*child, AT, 4) && reads(*parent, AT, 3));
}

// The kernel's own copy breaks the sharing too, and the core must see the new frame.
TEST(paging, sees_what_the_kernel_copied) {
    FrameCheck frames;
    auto parent = make_space(Access::read_write);
    REQUIRE(parent.has_value() && put(*parent, AT, 1));
    auto child = parent->fork();
    REQUIRE(child.has_value());
    EXPECT(reads(*parent, AT, 1));
    EXPECT(put(*parent, AT, 2).has_value());
    EXPECT(reads(*parent, AT, 2) && reads(*child, AT, 1));
}

TEST(paging, changes_spaces) {
    FrameCheck frames;
    auto one = make_space(Access::read_write);
    auto other = make_space(Access::read_write);
    REQUIRE(one && other && put(*one, AT, 1) && put(*other, AT, 2));
    for (int round = 0; round < 3; ++round)
        EXPECT(reads(*one, AT, 1) && reads(*other, AT, 2));
}

TEST(paging, a_loaded_space_may_die) {
    FrameCheck frames;
    {
        auto space = make_space(Access::read_write);
        REQUIRE(space.has_value() && put(*space, AT, 1));
        EXPECT(reads(*space, AT, 1));
        EXPECT(space->is_loaded());
    }
    // Its frames are somebody else's now, and nothing has crashed.
    auto space = make_space(Access::read_write);
    REQUIRE(space.has_value() && put(*space, AT, 2));
    EXPECT(!space->is_loaded());
    EXPECT(reads(*space, AT, 2));
}
