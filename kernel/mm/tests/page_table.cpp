#include "kernel/mm/page_table.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/page_walk.hpp"
#include "kernel/test/test.hpp"

using arch::number;
using arch::PAGE_BYTES;
using page_table::Access;

namespace {

constexpr std::uintptr_t FREE_ADDRESS = arch::HEAP_BASE + (std::uintptr_t{1} << 38); // far behind the arena

std::uint64_t physical(const void* address) {
    const auto result = page_table::translate(reinterpret_cast<std::uintptr_t>(address));
    return result ? number(*result) : 0;
}

} // namespace

TEST(page_table, maps_and_unmaps) {
    const auto frame = frame::allocate_cleared();
    REQUIRE(frame.has_value());
    EXPECT(page_table::map(FREE_ADDRESS, *frame, Access::read_write).has_value());
    *reinterpret_cast<volatile std::uint64_t*>(FREE_ADDRESS) = 42;
    EXPECT_EQ(*arch::direct<std::uint64_t>(*frame), 42u);
    EXPECT_EQ(physical(reinterpret_cast<void*>(FREE_ADDRESS + 8)), number(*frame) + 8);
    const auto again = page_table::map(FREE_ADDRESS, *frame, Access::read);
    EXPECT(!again && again.error() == page_table::Error::already_mapped);
    const auto unmapped = page_table::unmap(FREE_ADDRESS);
    EXPECT(unmapped && number(*unmapped) == number(*frame));
    EXPECT(!page_table::unmap(FREE_ADDRESS).has_value());
    EXPECT_EQ(physical(reinterpret_cast<void*>(FREE_ADDRESS)), 0u);
    frame::deallocate(*frame);
}

TEST(page_table, translates_image_and_direct_map) {
    EXPECT_EQ(physical(text_begin), reinterpret_cast<std::uint64_t>(text_begin) - arch::KERNEL_BASE);
    EXPECT_EQ(physical(arch::direct<char>(arch::Physical{0x12'3456})), 0x12'3456u);
}

// Code and constants may be written nowhere, and what lies beside them still may.
TEST(page_table, protects_the_image_in_the_direct_map_too) {
    const auto entry = [](const char* address) {
        const std::uint64_t place = reinterpret_cast<std::uint64_t>(address) - arch::KERNEL_BASE;
        return *page_table::find_entry(page_table::kernel_root(), arch::DIRECT_MAP_BASE + place);
    };
    for (const char* page = text_begin; page < rodata_end; page += PAGE_BYTES) {
        EXPECT_EQ(entry(page) & page_table::PRESENT, page_table::PRESENT);
        EXPECT_EQ(entry(page) & page_table::WRITABLE, 0u);
        EXPECT_NE(entry(page) & page_table::NO_EXECUTE, 0u);
    }
    EXPECT_NE(entry(data_begin) & page_table::WRITABLE, 0u);
    EXPECT_NE(entry(text_begin - PAGE_BYTES) & page_table::WRITABLE, 0u);
}

TEST(page_table, leaves_guards_and_address_zero_unmapped) {
    EXPECT_EQ(physical(kernel_stack_guard), 0u);
    EXPECT_EQ(physical(double_fault_stack_guard), 0u);
    EXPECT_NE(physical(kernel_stack_guard + PAGE_BYTES), 0u);
    EXPECT(!page_table::translate(0).has_value());
    EXPECT(!page_table::translate(0x10'0000).has_value()); // the boot code's identity map is gone
    EXPECT(!page_table::translate(arch::HEAP_BASE).has_value());
}

TEST(page_table, fresh_mapping_undoes_itself_without_memory) {
    const std::size_t free = frame::stats().free;
    const auto too_much = page_table::map_fresh(FREE_ADDRESS, (free + 1) * PAGE_BYTES);
    EXPECT(!too_much && too_much.error() == page_table::Error::out_of_memory);
    EXPECT(!page_table::translate(FREE_ADDRESS).has_value());
    // The tables made on the way stay for the next mapping: a handful.
    EXPECT_LT(free - frame::stats().free, free / 512 + 8);
}
