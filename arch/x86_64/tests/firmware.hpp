#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

// What firmware and loader hand over, made by hand: for the tests of those who read it, and for their fuzzer.
namespace firmware {

inline constexpr std::uint64_t BASE = 0x8'0000; // the physical address that the bytes below pretend to lie at

inline void put_sum_right(std::span<std::byte> bytes, std::size_t checksum) {
    bytes[checksum] = std::byte{0};
    unsigned sum = 0;
    for (std::byte each : bytes)
        sum += static_cast<unsigned>(each);
    bytes[checksum] = static_cast<std::byte>(0x100 - (sum & 0xff));
}

// Memory from BASE on, filled from its begin.
class Memory {
public:
    static constexpr std::size_t CAPACITY = 2048;

    std::span<const std::byte> used() const { return {bytes_, used_}; }
    std::uint64_t next() const { return BASE + used_; }
    std::size_t size() const { return used_; }
    std::byte* at(std::size_t offset) { return bytes_ + offset; }

    template<typename T>
    Memory& add(T value) {
        return add_bytes(&value, sizeof value);
    }
    Memory& text(std::string_view text) { return add_bytes(text.data(), text.size()); }
    template<typename T>
    Memory& set(std::size_t offset, T value) {
        std::memcpy(bytes_ + offset, &value, sizeof value);
        return *this;
    }
    Memory& align(std::size_t alignment) {
        while (used_ % alignment != 0)
            add(std::uint8_t{0});
        return *this;
    }

private:
    Memory& add_bytes(const void* data, std::size_t bytes) {
        if (bytes <= CAPACITY - used_) {
            std::memcpy(bytes_ + used_, data, bytes);
            used_ += bytes;
        }
        return *this;
    }

    std::byte bytes_[CAPACITY]{};
    std::size_t used_ = 0;
};

// ---- ACPI: ACPI Specification 6.4, sections 5.2.5, 5.2.6 and 5.2.12 ----

inline constexpr std::size_t POINTER_BYTES = 36;
inline constexpr std::size_t HEADER_BYTES = 36;

// The root pointer: first of all. Zero: no such table.
inline void set_root(Memory& memory, std::uint32_t rsdt, std::uint64_t xsdt, std::uint8_t revision = 2) {
    std::memcpy(memory.at(0), "RSD PTR ", 8);
    std::memcpy(memory.at(9), "POLLUX", 6);
    memory.set(15, revision).set(16, rsdt).set(20, std::uint32_t{POINTER_BYTES}).set(24, xsdt);
    put_sum_right({memory.at(0), 20}, 8);
    put_sum_right({memory.at(0), POINTER_BYTES}, 32);
}

inline void reserve_root(Memory& memory) {
    for (std::size_t i = 0; i < POINTER_BYTES; ++i)
        memory.add(std::uint8_t{0});
    memory.align(8);
}

// A table's header; what is added behind it is the table's until end_table.
inline std::size_t begin_table(Memory& memory, std::string_view signature) {
    const std::size_t begin = memory.align(8).size();
    memory.text(signature);
    for (std::size_t i = 4; i < HEADER_BYTES; ++i)
        memory.add(std::uint8_t{0});
    return begin;
}

// Gives where it lies.
inline std::uint64_t end_table(Memory& memory, std::size_t begin) {
    const std::size_t bytes = memory.size() - begin;
    memory.set(begin + 4, static_cast<std::uint32_t>(bytes));
    put_sum_right({memory.at(begin), bytes}, 9);
    return BASE + begin;
}

template<typename Address>
std::uint64_t add_directory(Memory& memory, std::string_view signature, std::initializer_list<std::uint64_t> tables) {
    const std::size_t begin = begin_table(memory, signature);
    for (std::uint64_t table : tables)
        memory.add(static_cast<Address>(table));
    return end_table(memory, begin);
}

inline std::size_t begin_madt(Memory& memory) {
    const std::size_t begin = begin_table(memory, "APIC");
    memory.add(std::uint32_t{0xfee0'0000}).add(std::uint32_t{1});
    return begin;
}
inline void add_core(Memory& memory, std::uint8_t id, std::uint32_t flags = 1) {
    memory.add(std::uint8_t{0}).add(std::uint8_t{8}).add(id).add(id).add(flags);
}
inline void add_x2apic_core(Memory& memory, std::uint32_t id, std::uint32_t flags = 1) {
    memory.add(std::uint8_t{9}).add(std::uint8_t{16}).add(std::uint16_t{0}).add(id).add(flags).add(id);
}
inline void add_io_apic(Memory& memory, std::uint32_t address, std::uint32_t first_global) {
    memory.add(std::uint8_t{1}).add(std::uint8_t{12}).add(std::uint16_t{0}).add(address).add(first_global);
}
inline void add_override(Memory& memory, std::uint8_t line, std::uint32_t global, std::uint16_t flags) {
    memory.add(std::uint8_t{2}).add(std::uint8_t{10}).add(std::uint8_t{0}).add(line).add(global).add(flags);
}

// A good machine: two I/O APICs, an override, two cores, both directories, a table that means nothing.
inline std::span<const std::byte> good_tables() {
    static Memory memory = [] {
        Memory made;
        reserve_root(made);
        const std::size_t madt = begin_madt(made);
        add_core(made, 0);
        add_core(made, 1);
        add_io_apic(made, 0xfec1'0000, 24);
        add_io_apic(made, 0xfec0'0000, 0);
        add_override(made, 0, 2, 0);
        add_x2apic_core(made, 300);
        const std::uint64_t table = end_table(made, madt);
        const std::uint64_t other = end_table(made, begin_table(made, "HPET"));
        const std::uint64_t rsdt = add_directory<std::uint32_t>(made, "RSDT", {other, 0, table});
        const std::uint64_t xsdt = add_directory<std::uint64_t>(made, "XSDT", {0, other, table});
        set_root(made, static_cast<std::uint32_t>(rsdt), xsdt);
        return made;
    }();
    return memory.used();
}

// ---- multiboot2: Multiboot2 Specification 2.0, section 3.6 ----

inline std::size_t begin_tag(Memory& memory, std::uint32_t type) {
    const std::size_t begin = memory.align(8).size();
    memory.add(type).add(std::uint32_t{0});
    return begin;
}
inline void end_tag(Memory& memory, std::size_t begin) {
    memory.set(begin + 4, static_cast<std::uint32_t>(memory.size() - begin)).align(8);
}

inline void begin_information(Memory& memory) {
    memory.add(std::uint64_t{0});
}
inline void end_information(Memory& memory) {
    end_tag(memory, begin_tag(memory, 0));
    memory.set(0, static_cast<std::uint32_t>(memory.size()));
}

inline void add_range(Memory& memory, std::uint64_t begin, std::uint64_t bytes, std::uint32_t type = 1) {
    memory.add(begin).add(bytes).add(type).add(std::uint32_t{0});
}
inline std::size_t begin_memory_map(Memory& memory, std::uint32_t entry_bytes = 24) {
    const std::size_t begin = begin_tag(memory, 6);
    memory.add(entry_bytes).add(std::uint32_t{0});
    return begin;
}
inline void add_module(Memory& memory, std::uint32_t begin, std::uint32_t end, std::string_view name) {
    const std::size_t tag = begin_tag(memory, 3);
    memory.add(begin).add(end).text(name).add(std::uint8_t{0});
    end_tag(memory, tag);
}
// `link`: of the symbol table, which section has its names.
inline void add_section(Memory& memory, std::uint32_t type, std::uint64_t address, std::uint64_t bytes,
                        std::uint32_t link = 0) {
    memory.add(std::uint32_t{0}).add(type).add(std::uint64_t{0}).add(address).add(std::uint64_t{0}).add(bytes);
    memory.add(link).add(std::uint32_t{0}).add(std::uint64_t{8}).add(std::uint64_t{24});
}
inline std::size_t begin_sections(Memory& memory, std::uint32_t count) {
    const std::size_t begin = begin_tag(memory, 9);
    memory.add(count).add(std::uint32_t{64}).add(std::uint32_t{0});
    return begin;
}

inline std::span<const std::byte> good_information() {
    static Memory memory = [] {
        Memory made;
        begin_information(made);
        const std::size_t line = begin_tag(made, 1);
        made.text("test=all").add(std::uint8_t{0});
        end_tag(made, line);
        add_module(made, 0x50'0000, 0x50'1234, "shell");
        add_module(made, 0x51'0000, 0x51'0000, "empty");
        const std::size_t map = begin_memory_map(made);
        add_range(made, 0, 0x9'fc00);
        add_range(made, 0xf'0000, 0x1'0000, 2);
        add_range(made, 0x10'0000, 0x7ef'0000);
        add_range(made, std::uint64_t{1} << 32, std::uint64_t{1} << 40);
        end_tag(made, map);
        const std::size_t sections = begin_sections(made, 3);
        add_section(made, 1, 0xffff'ffff'8010'0000, 0x1000);
        add_section(made, 2, 0x60'0000, 0x3000, 2);
        add_section(made, 3, 0x60'4000, 0x2000);
        end_tag(made, sections);
        for (const std::uint32_t type : {14u, 15u}) {
            const std::size_t root = begin_tag(made, type);
            made.text("RSD PTR ");
            for (std::size_t i = 8; i < (type == 14 ? 20 : POINTER_BYTES); ++i)
                made.add(std::uint8_t{0});
            end_tag(made, root);
        }
        end_information(made);
        return made;
    }();
    return memory.used();
}

} // namespace firmware
