#include "arch/x86_64/tests/user_world.hpp"

namespace user_world {

namespace {

struct alignas(arch::PAGE_BYTES) Page {
    std::byte bytes[arch::PAGE_BYTES]{};
};
struct alignas(arch::PAGE_BYTES) Table {
    std::uint64_t entries[512]{};
};

constinit Page code_page, stack_page, last_page;
constinit Table top, low[3], high[3];

constexpr std::uint64_t PRESENT = 1 << 0;
constexpr std::uint64_t WRITABLE = 1 << 1;
constexpr std::uint64_t USER = 1 << 2;
constexpr std::uint64_t NO_EXECUTE = std::uint64_t{1} << 63;

// Of what lies in the image.
std::uint64_t physical(const void* object) {
    return reinterpret_cast<std::uint64_t>(object) - arch::KERNEL_BASE;
}

void map(std::uintptr_t address, const Page& page, std::uint64_t flags, Table (&tables)[3]) {
    Table* table = &top;
    for (int level = 0; level < 3; ++level) {
        table->entries[address >> (39 - 9 * level) & 511] = physical(&tables[level]) | PRESENT | WRITABLE | USER;
        table = &tables[level];
    }
    table->entries[address >> 12 & 511] = physical(&page) | PRESENT | USER | flags;
}

} // namespace

UserWorld::UserWorld() : before_{arch::read_cr3()} {
    std::memcpy(&top, arch::direct<Table>(arch::Physical{before_}), sizeof top);
    map(CODE, code_page, 0, low);
    map(STACK, stack_page, WRITABLE | NO_EXECUTE, low);
    map(LAST_PAGE, last_page, 0, high);
    std::memset(&stack_page, 0, sizeof stack_page);
    arch::load_page_table(arch::Physical{physical(&top)});
}

UserWorld::~UserWorld() {
    arch::load_page_table(arch::Physical{before_});
}

arch::UserContext UserWorld::begin(const Code& code) {
    std::memcpy(&code_page, code.begin, code.bytes());
    arch::UserContext context;
    context.rip = CODE;
    context.rsp = STACK_TOP;
    return context;
}

arch::Trap UserWorld::run(const Code& code) {
    arch::UserContext context = begin(code);
    return arch::enter_user(context);
}

std::uintptr_t UserWorld::put_last(const Code& code) {
    std::memcpy(last_page.bytes + sizeof last_page - code.bytes(), code.begin, code.bytes());
    return arch::USER_END - code.bytes();
}

} // namespace user_world
