#pragma once

#include "kernel/mm/page_table.hpp"

#include <expected>
#include <optional>
#include <utility>

namespace page_table {

// The page tables of one user: a lower half of its own, the kernel's upper half. Owns its tables, and holds every frame
// that is mapped in it (frame.hpp: a frame may have several holders). Not from a handler. Given.
class UserTables {
public:
    static std::expected<UserTables, Error> create();

    // Gives everything back. Loaded: changes to the kernel's own tables first.
    ~UserTables();
    UserTables(UserTables&& other) noexcept
        : root_{std::exchange(other.root_, arch::Physical{0})}, frames_{std::exchange(other.frames_, 0)} {}
    UserTables& operator=(UserTables&& other) noexcept {
        std::swap(root_, other.root_);
        std::swap(frames_, other.frames_);
        return *this;
    }

    struct Page {
        arch::Physical frame;
        bool is_writable;
    };
    // What is mapped at this page; nothing when nothing is. `address` lies in the lower half, here and below.
    std::optional<Page> find(std::uintptr_t address) const;

    // Where the byte at `address` lies, if its page is mapped and allows as much: read, or read_write.
    std::optional<arch::Physical> locate(std::uintptr_t address, Access least) const;

    // Maps a page where there is none, and takes the caller's hold of `frame` over, unless it gives an error.
    std::expected<void, Error> map(std::uintptr_t address, arch::Physical frame, Access access);

    // Maps another frame, or the same with another access, where there is one. Takes the hold of a new frame over, and
    // gives up that of the old one.
    void replace(std::uintptr_t address, arch::Physical frame, Access access);

    // Unmaps all from `begin` to `end`, and gives back the tables that it leaves empty. Costs what is mapped there, not
    // what could be.
    void release(std::uintptr_t begin, std::uintptr_t end);

    // Tables that map the same frames, and neither may write to them any more. On an error this one may still be able
    // to write less than before.
    std::expected<UserTables, Error> share();

    void load();
    bool is_loaded() const;
    std::size_t frames_held() const { return frames_; }

private:
    explicit UserTables(arch::Physical root) : root_{root} {}

    arch::Physical root_;    // 0: moved from
    std::size_t frames_ = 1; // tables and pages
};

} // namespace page_table
