#pragma once

#include "kernel/lib/error.hpp"
#include "kernel/sync/wait_queue.hpp"

#include <cstddef>
#include <expected>
#include <span>

namespace process {

inline constexpr std::size_t PIPE_BYTES = 512;

class Descriptor;
struct PipeEnds;

// Bytes from some events to others, in order, at most PIPE_BYTES under way. It has reading and writing ends, which are
// counted; it is gone with the last of them (a read or write under way counts as well). First come, first served, on
// either side. Whoever is cancelled while it waits loses no byte and holds nobody up. Not for handlers, so nothing here
// turns interrupts off: events are not preempted.
class Pipe {
public:
    // One end of each kind. out_of_memory.
    static std::expected<PipeEnds, kernel::Error> create();

    // co_await pipe.read(buffer): waits until there is a byte, then takes as many as there are and fit: the number. 0:
    // there is none, and no end that could write one; also for an empty buffer, at once.
    class Reading;
    Reading read(std::span<std::byte> buffer);

    // co_await pipe.write(bytes): waits until all of them fit, so that they come to be read without another's between
    // them, and gives their number. More than PIPE_BYTES are not written together: the first PIPE_BYTES are, and the
    // number says so. closed when no end can read them any more.
    class Writing;
    Writing write(std::span<const std::byte> bytes);

    // For Descriptor, which counts the ends.
    enum class End : std::uint8_t { reader, writer };
    void add(End end);
    void remove(End end); // the pipe may be gone then

    std::size_t size() const { return count_; }
    static std::size_t live_pipes();

private:
    friend class Reading;
    friend class Writing;
    Pipe() = default;

    bool can_read() const { return count_ != 0 || writers_ == 0; }
    bool can_write(std::size_t bytes) const { return PIPE_BYTES - count_ >= bytes || readers_ == 0; }
    // Nobody else was there before.
    bool is_free_to_read() const { return !reader_has_turn_ && waiting_readers_.is_empty(); }
    bool is_free_to_write() const { return !writer_has_turn_ && waiting_writers_.is_empty(); }
    void give_turns();
    void drop_hold() {
        if (--holds_ == 0)
            destroy();
    }
    void destroy();

    std::byte ring_[PIPE_BYTES];
    std::size_t first_ = 0;
    std::size_t count_ = 0;
    std::uint32_t readers_ = 0;
    std::uint32_t writers_ = 0;
    std::uint32_t holds_ = 0; // ends, and reads and writes under way
    // Of each side at most one event has its turn: it was granted, and has not run yet.
    bool reader_has_turn_ = false;
    bool writer_has_turn_ = false;
    sync::WaitQueue waiting_readers_;
    sync::WaitQueue waiting_writers_;
};

class [[nodiscard]] Pipe::Reading final : public sync::Waiter {
public:
    Reading(Pipe& pipe, std::span<std::byte> buffer) : pipe_{pipe}, buffer_{buffer} { ++pipe_.holds_; }
    ~Reading() {
        if (!has_resumed())
            give_up();
        pipe_.drop_hold();
    }
    bool await_ready() const { return buffer_.empty() || (pipe_.is_free_to_read() && pipe_.can_read()); }
    void await_suspend(std::coroutine_handle<>) { pipe_.waiting_readers_.wait(*this); }
    std::size_t await_resume();
    const char* what() const override { return "pipe to have bytes"; }

private:
    void give_up();
    Pipe& pipe_;
    std::span<std::byte> buffer_;
};

class [[nodiscard]] Pipe::Writing final : public sync::Waiter {
public:
    Writing(Pipe& pipe, std::span<const std::byte> bytes) : pipe_{pipe}, bytes_{bytes} { ++pipe_.holds_; }
    ~Writing() {
        if (!has_resumed())
            give_up();
        pipe_.drop_hold();
    }
    bool await_ready() const { return bytes_.empty() || (pipe_.is_free_to_write() && pipe_.can_write(bytes_.size())); }
    void await_suspend(std::coroutine_handle<>) { pipe_.waiting_writers_.wait(*this); }
    std::expected<std::size_t, kernel::Error> await_resume();
    const char* what() const override { return "pipe to have room"; }

private:
    friend class Pipe;
    void give_up();
    Pipe& pipe_;
    std::span<const std::byte> bytes_;
};

inline Pipe::Reading Pipe::read(std::span<std::byte> buffer) {
    return Reading{*this, buffer};
}
inline Pipe::Writing Pipe::write(std::span<const std::byte> bytes) {
    return Writing{*this, bytes.first(bytes.size() < PIPE_BYTES ? bytes.size() : PIPE_BYTES)};
}

} // namespace process
