#pragma once

#include <cstdint>

// Where things lie in the address space. arch/x86_64/layout.inc repeats what assembly needs.
//
//   0x00000000'00010000  USER_BEGIN        a process, to USER_END; below it nothing is ever mapped
//   0xffff8000'00000000  DIRECT_MAP_BASE   all physical memory, writable, never executable
//   0xffffc000'00000000  HEAP_BASE         the heap's arena, a guard page on either side
//   0xffffd000'00000000  CORES_BASE        stacks and variables of the cores but the first, guard pages between
//   0xffffe000'00000000  DEVICE_BASE       device registers, uncached, at their physical address plus this
//   0xffffffff'80000000  KERNEL_BASE       the image, from 1 MiB on
namespace arch {

inline constexpr std::uintptr_t DIRECT_MAP_BASE = 0xffff'8000'0000'0000;
inline constexpr std::uintptr_t HEAP_BASE = 0xffff'c000'0000'0000;
inline constexpr std::uintptr_t CORES_BASE = 0xffff'd000'0000'0000;
inline constexpr std::uintptr_t DEVICE_BASE = 0xffff'e000'0000'0000;
inline constexpr std::uintptr_t KERNEL_BASE = 0xffff'ffff'8000'0000;
inline constexpr std::uint64_t PAGE_BYTES = 4096;
// What each part but the image has room for: the reach of one entry of the top page table. Memory beyond it is not
// used.
inline constexpr std::uint64_t PART_BYTES = std::uint64_t{1} << 39;

// The last page of the lower half stays free: `syscall` in its last bytes would make the return address non-canonical,
// and sysret faults on that in ring 0 (SDM volume 2, SYSRET).
inline constexpr std::uintptr_t USER_BEGIN = 0x1'0000;
inline constexpr std::uintptr_t USER_END = 0x0000'7fff'ffff'f000;
inline constexpr std::uintptr_t LOWER_HALF_END = 0x0000'8000'0000'0000;

inline constexpr std::uint16_t KERNEL_CODE = 0x08;
inline constexpr std::uint16_t KERNEL_DATA = 0x10;
inline constexpr std::uint16_t USER_DATA = 0x1b; // with the privilege level that they are used at, 3
inline constexpr std::uint16_t USER_CODE = 0x23;

// A physical address, which is no pointer until the direct map makes it one.
enum class Physical : std::uint64_t {};

constexpr std::uint64_t number(Physical address) {
    return static_cast<std::uint64_t>(address);
}

// What lies at a physical address, through the direct map. Valid for memory that the multiboot2 map names.
template<typename T>
T* direct(Physical address) {
    return reinterpret_cast<T*>(DIRECT_MAP_BASE + number(address));
}

} // namespace arch

// From kernel.ld and stacks.asm. Only their addresses mean something.
extern "C" {
extern const char image_begin[], image_end[];
extern const char text_begin[], text_end[];
extern const char rodata_begin[], rodata_end[];
extern const char data_begin[], data_end[];
extern const char kernel_stack_guard[], kernel_stack_top[];
extern const char double_fault_stack_guard[], double_fault_stack_top[];
extern const char nmi_stack_guard[], nmi_stack_top[];
extern const char machine_check_stack_guard[], machine_check_stack_top[];
extern const char per_core_begin[], per_core_end[];
extern char per_core_image[]; // as long
}
