#include "kernel/process/pipe.hpp"

#include "kernel/process/descriptor.hpp"

#include <algorithm>
#include <new>

namespace process {

namespace {

constinit std::size_t live = 0;

} // namespace

std::expected<PipeEnds, kernel::Error> Pipe::create() {
    auto* pipe = new (std::nothrow) Pipe;
    if (pipe == nullptr)
        return std::unexpected{kernel::Error::out_of_memory};
    ++live;
    return PipeEnds{Descriptor{*pipe, End::reader}, Descriptor{*pipe, End::writer}};
}

std::size_t Pipe::live_pipes() {
    return live;
}

void Pipe::add(End end) {
    ++(end == End::reader ? readers_ : writers_);
    ++holds_;
}

void Pipe::remove(End end) {
    --(end == End::reader ? readers_ : writers_);
    give_turns();
    drop_hold();
}

void Pipe::destroy() {
    --live;
    delete this;
}

// After every change: lets the first of either line go on if it can. It has its turn until it runs or is cancelled, and
// nobody comes in between, so what it was let go on for is still there.
void Pipe::give_turns() {
    if (!reader_has_turn_ && can_read())
        reader_has_turn_ = waiting_readers_.grant_first();
    if (const auto* first = static_cast<Writing*>(waiting_writers_.first());
        first != nullptr && !writer_has_turn_ && can_write(first->bytes_.size()))
        writer_has_turn_ = waiting_writers_.grant_first();
}

std::size_t Pipe::Reading::await_resume() {
    if (has_unused_grant())
        pipe_.reader_has_turn_ = false;
    resume();
    const std::size_t bytes = std::min(buffer_.size(), pipe_.count_);
    for (std::size_t i = 0; i < bytes; ++i)
        buffer_[i] = pipe_.ring_[(pipe_.first_ + i) % PIPE_BYTES];
    pipe_.first_ = (pipe_.first_ + bytes) % PIPE_BYTES;
    pipe_.count_ -= bytes;
    pipe_.give_turns();
    return bytes;
}

// Cancelled.
void Pipe::Reading::give_up() {
    if (leave_line()) {
        pipe_.reader_has_turn_ = false;
        pipe_.give_turns();
    }
}

std::expected<std::size_t, kernel::Error> Pipe::Writing::await_resume() {
    if (has_unused_grant())
        pipe_.writer_has_turn_ = false;
    resume();
    if (pipe_.readers_ == 0) {
        pipe_.give_turns(); // to the next one, who learns the same
        return std::unexpected{kernel::Error::closed};
    }
    for (std::size_t i = 0; i < bytes_.size(); ++i)
        pipe_.ring_[(pipe_.first_ + pipe_.count_ + i) % PIPE_BYTES] = bytes_[i];
    pipe_.count_ += bytes_.size();
    pipe_.give_turns();
    return bytes_.size();
}

void Pipe::Writing::give_up() {
    if (leave_line())
        pipe_.writer_has_turn_ = false;
    pipe_.give_turns(); // the next one may need less room, or none: it is closed
}

} // namespace process
