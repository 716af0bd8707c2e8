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
    {
        arch::InterruptGuard guard;
        --(end == End::reader ? readers_ : writers_);
        give_turns();
    }
    drop_hold();
}

void Pipe::drop_hold() {
    if (--holds_ != 0)
        return;
    --live;
    delete this;
}

// After every change: lets the first of either line go on if it can. It has its turn until it runs or is cancelled, and
// nobody comes in between, so what it was let go on for is still there. Interrupts off.
void Pipe::give_turns() {
    if (!reader_has_turn_ && can_read())
        reader_has_turn_ = waiting_readers_.grant_first();
    if (const auto* first = static_cast<Writing*>(waiting_writers_.first());
        first != nullptr && !writer_has_turn_ && can_write(first->bytes_.size()))
        writer_has_turn_ = waiting_writers_.grant_first();
}

Pipe::Reading::Reading(Pipe& pipe, std::span<std::byte> buffer) : pipe_{pipe}, buffer_{buffer} {
    ++pipe_.holds_;
}

Pipe::Reading::~Reading() {
    {
        arch::InterruptGuard guard;
        if (has_unused_grant()) {
            pipe_.reader_has_turn_ = false;
            pipe_.give_turns();
        }
        leave_line();
    }
    pipe_.drop_hold();
}

bool Pipe::Reading::await_suspend(std::coroutine_handle<>) {
    arch::InterruptGuard guard;
    if (buffer_.empty() || (!pipe_.reader_has_turn_ && pipe_.waiting_readers_.is_empty() && pipe_.can_read()))
        return false;
    pipe_.waiting_readers_.wait(*this);
    return true;
}

std::size_t Pipe::Reading::await_resume() {
    arch::InterruptGuard guard;
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

Pipe::Writing::Writing(Pipe& pipe, std::span<const std::byte> bytes) : pipe_{pipe}, bytes_{bytes} {
    ++pipe_.holds_;
}

Pipe::Writing::~Writing() {
    {
        arch::InterruptGuard guard;
        if (has_unused_grant())
            pipe_.writer_has_turn_ = false;
        leave_line();
        pipe_.give_turns(); // the next one may need less room, or none: it is closed
    }
    pipe_.drop_hold();
}

bool Pipe::Writing::await_suspend(std::coroutine_handle<>) {
    arch::InterruptGuard guard;
    if (bytes_.empty() ||
        (!pipe_.writer_has_turn_ && pipe_.waiting_writers_.is_empty() && pipe_.can_write(bytes_.size())))
        return false;
    pipe_.waiting_writers_.wait(*this);
    return true;
}

std::expected<std::size_t, kernel::Error> Pipe::Writing::await_resume() {
    arch::InterruptGuard guard;
    if (has_unused_grant())
        pipe_.writer_has_turn_ = false;
    resume();
    if (pipe_.readers_ == 0)
        return std::unexpected{kernel::Error::closed};
    for (std::size_t i = 0; i < bytes_.size(); ++i)
        pipe_.ring_[(pipe_.first_ + pipe_.count_ + i) % PIPE_BYTES] = bytes_[i];
    pipe_.count_ += bytes_.size();
    pipe_.give_turns();
    return bytes_.size();
}

} // namespace process
