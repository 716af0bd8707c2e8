#pragma once

#include "kernel/process/abi.hpp"
#include "kernel/process/pipe.hpp"

#include <array>
#include <utility>

namespace process {

// What a process reads from or writes to. A copy of a pipe's end is another end.
class Descriptor {
public:
    enum class Kind : std::uint8_t { none, console_in, console_out, pipe_reader, pipe_writer };

    Descriptor() = default;
    static Descriptor console_in() { return Descriptor{Kind::console_in, nullptr}; }
    static Descriptor console_out() { return Descriptor{Kind::console_out, nullptr}; }
    Descriptor(Pipe& pipe, Pipe::End end)
        : Descriptor{end == Pipe::End::reader ? Kind::pipe_reader : Kind::pipe_writer, &pipe} {
        pipe.add(end);
    }

    Descriptor(const Descriptor& other) : Descriptor{other.kind_, other.pipe_} {
        if (pipe_ != nullptr)
            pipe_->add(end());
    }
    Descriptor(Descriptor&& other) noexcept
        : kind_{std::exchange(other.kind_, Kind::none)}, pipe_{std::exchange(other.pipe_, nullptr)} {}
    Descriptor& operator=(Descriptor other) noexcept {
        std::swap(kind_, other.kind_);
        std::swap(pipe_, other.pipe_);
        return *this;
    }
    ~Descriptor() {
        if (pipe_ != nullptr)
            pipe_->remove(end());
    }

    Kind kind() const { return kind_; }
    bool is_open() const { return kind_ != Kind::none; }
    Pipe* pipe() const { return pipe_; } // null unless it is an end of one

private:
    Descriptor(Kind kind, Pipe* pipe) : kind_{kind}, pipe_{pipe} {}
    Pipe::End end() const { return kind_ == Kind::pipe_reader ? Pipe::End::reader : Pipe::End::writer; }

    Kind kind_ = Kind::none;
    Pipe* pipe_ = nullptr;
};

struct PipeEnds {
    Descriptor reader;
    Descriptor writer;
};

// The descriptors of one process, by number.
class DescriptorTable {
public:
    // The open descriptor of that number, which may be any number; null when there is none.
    Descriptor* find(std::uint64_t index) {
        return index < abi::DESCRIPTOR_COUNT && entries_[index].is_open() ? &entries_[index] : nullptr;
    }

    // Puts it at the lowest free number; too_many when none is free.
    std::expected<std::uint32_t, kernel::Error> add(Descriptor descriptor);

    // At that number, less than DESCRIPTOR_COUNT; what was there is closed. Descriptor{}: closes only.
    void set(std::size_t index, Descriptor descriptor) { entries_[index] = std::move(descriptor); }

    void close_all() {
        for (Descriptor& entry : entries_)
            entry = Descriptor{};
    }

private:
    std::array<Descriptor, abi::DESCRIPTOR_COUNT> entries_;
};

} // namespace process
