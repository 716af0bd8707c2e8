#include "kernel/process/process.hpp"

#include "kernel/process/programs.hpp"
#include "kernel/process/tests/elf_file.hpp"
#include "kernel/process/tests/support.hpp"

// Processes that are made, but not run: their table, their descriptors, and what they leave.

namespace {

using process::ExitStatus;
using process::Pipe;
using process::Process;

constexpr std::byte CODE[] = {std::byte{0xeb}, std::byte{0xfe}}; // jmp $
constexpr ExitStatus EXITED{7, ExitStatus::Reason::exited, 0};

// A program "good" with code and data, and whatever processes a test leaves, gone at its end.
class World {
public:
    ~World() {
        while (Process* process = process::next(nullptr))
            process->discard();
        const process::Stats stats = process::stats();
        EXPECT_EQ(stats.running + stats.ended + stats.frames, 0u);
        EXPECT_EQ(Pipe::live_pipes(), pipes_);
    }

private:
    static std::span<const std::byte> with_data(ElfFile& file) {
        file.add(ELF_READ | ELF_WRITE, ElfFile::DATA, 5'000, CODE);
        return file.bytes();
    }

    FrameCheck frames_;
    std::size_t pipes_ = Pipe::live_pipes();
    ElfFile file_{CODE};
    process::ExtraProgram program_{"good", with_data(file_)};
};

Process* create(Process* parent = nullptr, std::string_view program = "good") {
    const auto process = Process::create(program, {}, parent);
    return process ? *process : nullptr;
}

} // namespace

TEST(process, is_ready_to_run) {
    World world;
    const std::string_view arguments[] = {"one", "", "three"};
    const auto made = Process::create("good", arguments, nullptr);
    REQUIRE(made.has_value());
    Process& process = **made;
    EXPECT(process.name_text() == "good");
    EXPECT_EQ(process.context.rip, ElfFile::CODE);
    EXPECT_EQ(get(process.space, ElfFile::CODE) & 0xffff, 0xfeebu);
    EXPECT_EQ(get(process.space, ElfFile::DATA), 0xfeebu);
    EXPECT_EQ(get(process.space, ElfFile::DATA + 4'992), 0u);
    EXPECT(is_error(process.space.fill_in(UserAddress{ElfFile::CODE}, Right::write), Error::bad_address));
    EXPECT(is_error(process.space.fill_in(UserAddress{ElfFile::DATA}, Right::execute), Error::bad_address));
    EXPECT(process.descriptors.find(0)->kind() == process::Descriptor::Kind::console_in);
    EXPECT(process.descriptors.find(1)->kind() == process::Descriptor::Kind::console_out);
    EXPECT(process.descriptors.find(2) == nullptr);
    EXPECT(process::find(process.pid) == &process);
    EXPECT(process::find(0) == nullptr);
}

TEST(process, finds_its_arguments_on_the_stack) {
    World world;
    const std::string_view arguments[] = {"one", "", "three"};
    const auto made = Process::create("good", arguments, nullptr);
    REQUIRE(made.has_value());
    Process& process = **made;
    const std::uint64_t argv = process.context.rsi;
    EXPECT_EQ(process.context.rdi, 4u);
    EXPECT_EQ(process.context.rsp % 16, 8u);
    EXPECT_EQ(argv, process.context.rsp + 8);
    EXPECT_EQ(get(process.space, process.context.rsp), 0u);
    EXPECT_EQ(get(process.space, argv + 4 * 8), 0u);
    const std::string_view expected[] = {"good", "one", "", "three"};
    for (std::size_t i = 0; i < 4; ++i) {
        char text[16];
        const auto length = copy_string_from_user(process.space, text, UserAddress{get(process.space, argv + i * 8)});
        EXPECT(length.has_value() && std::string_view(text, *length) == expected[i]);
    }
    EXPECT(process.space.fill_in(UserAddress{process::STACK_BEGIN}, Right::write).has_value());
    EXPECT(!process.space.fill_in(UserAddress{process::STACK_BEGIN - 1}, Right::read).has_value()); // the guard
    EXPECT(!process.space.fill_in(UserAddress{process::STACK_END}, Right::read).has_value());
}

TEST(process, takes_as_many_arguments_as_it_says) {
    World world;
    static char text[process::MAXIMUM_ARGUMENT_BYTES];
    std::memset(text, 'x', sizeof text);
    std::string_view arguments[process::MAXIMUM_ARGUMENTS];
    const auto failed_with = [&](std::size_t count) {
        const auto made = Process::create("good", {arguments, count}, nullptr);
        return made ? Error{} : made.error();
    };
    EXPECT_EQ(failed_with(process::MAXIMUM_ARGUMENTS - 1), Error{});
    EXPECT_EQ(failed_with(process::MAXIMUM_ARGUMENTS), Error::too_long);
    arguments[0] = {text, process::MAXIMUM_ARGUMENT_BYTES - sizeof "good" - 1};
    EXPECT_EQ(failed_with(1), Error{});
    arguments[0] = {text, process::MAXIMUM_ARGUMENT_BYTES - sizeof "good"};
    EXPECT_EQ(failed_with(1), Error::too_long);
    EXPECT_EQ(failed_with(2), Error::too_long);
}

TEST(process, refuses_programs_that_there_are_not) {
    World world;
    const process::ExtraProgram bad{"bad", CODE};
    EXPECT(is_error(Process::create("none", {}, nullptr), Error::not_found));
    EXPECT(is_error(Process::create("", {}, nullptr), Error::not_found));
    EXPECT(is_error(Process::create("bad", {}, nullptr), Error::bad_program));
    EXPECT(is_error(Process::create("a_name_that_is_longer_than_names_are", {}, nullptr), Error::too_long));
    Process* process = create();
    REQUIRE(process != nullptr);
    EXPECT(is_error(process->load("bad", {}), Error::bad_program));
    EXPECT(process->name_text() == "good");
    EXPECT_EQ(get(process->space, ElfFile::DATA), 0xfeebu);
}

TEST(process, running_out_leaves_nothing_behind) {
    World world;
    Process* parent = create();
    REQUIRE(parent != nullptr);
    auto ends = Pipe::create();
    REQUIRE(ends.has_value());
    EXPECT(parent->descriptors.add(std::move(ends->writer)).has_value());
    const auto creates = [&] {
        Process* child = create(parent);
        return child != nullptr && (child->discard(), true);
    };
    const auto forks = [&] {
        const auto child = parent->fork();
        return child && ((*child)->discard(), true);
    };
    const auto loads = [&] { return parent->load("good", {}).has_value(); };
    EXPECT_GT(count_failures(frame::fail_allocation, creates), 8u);
    EXPECT_GT(count_failures(heap::fail_allocation, creates), 3u);
    EXPECT_GT(count_failures(frame::fail_allocation, forks), 4u);
    EXPECT_GT(count_failures(heap::fail_allocation, forks), 3u);
    EXPECT_GT(count_failures(frame::fail_allocation, loads), 8u);
    EXPECT_GT(count_failures(heap::fail_allocation, loads), 2u);
    EXPECT_EQ(get(parent->space, ElfFile::DATA), 0xfeebu);
    EXPECT_EQ(process::stats().running, 1u);
}

TEST(process, inherits_descriptors) {
    World world;
    Process* parent = create();
    auto ends = Pipe::create();
    REQUIRE(parent != nullptr && ends.has_value());
    parent->descriptors.set(0, {});
    parent->descriptors.set(5, std::move(ends->reader));
    Pipe* pipe = ends->writer.pipe();
    Process* child = create(parent);
    REQUIRE(child != nullptr);
    EXPECT(child->descriptors.find(0) == nullptr);
    EXPECT(child->descriptors.find(5)->pipe() == pipe);
    const std::size_t pipes = Pipe::live_pipes();
    parent->descriptors.set(5, {});
    ends->writer = {};
    EXPECT_EQ(Pipe::live_pipes(), pipes);
    child->end(EXITED); // at once, not when somebody takes notice
    EXPECT_EQ(Pipe::live_pipes(), pipes - 1);
    EXPECT(parent->ended_child(0) == child);
}

TEST(process, forks_all_but_its_pid) {
    World world;
    Process* parent = create();
    REQUIRE(parent != nullptr && put(parent->space, ElfFile::DATA, 11));
    parent->context.rbx = 5;
    const auto made = parent->fork();
    REQUIRE(made.has_value());
    Process& child = **made;
    EXPECT_NE(child.pid, parent->pid);
    EXPECT(child.parent == parent);
    EXPECT(child.name_text() == "good");
    EXPECT_EQ(child.context.rbx, 5u);
    EXPECT_EQ(child.context.rip, parent->context.rip);
    EXPECT(put(child.space, ElfFile::DATA, 12).has_value());
    EXPECT_EQ(get(parent->space, ElfFile::DATA), 11u);
    EXPECT(child.descriptors.find(1)->kind() == process::Descriptor::Kind::console_out);
}

TEST(process, waits_in_the_table_for_its_parent) {
    World world;
    Process* parent = create();
    Process* first = create(parent);
    Process* second = create(parent);
    REQUIRE(parent != nullptr && first != nullptr && second != nullptr);
    const std::uint32_t pid = first->pid;
    EXPECT(parent->has_child(0) && parent->has_child(pid) && parent->ended_child(0) == nullptr);
    EXPECT(!first->has_child(0) && !parent->has_child(parent->pid));
    second->end(EXITED);
    first->end({0, ExitStatus::Reason::faulted, 14});
    first->end(EXITED); // ignored
    EXPECT_EQ(first->space.frames_held() + second->space.frames_held(), 0u);
    EXPECT_EQ(process::stats().ended, 2u);
    EXPECT(parent->ended_child(0) == second);
    EXPECT(parent->ended_child(pid) == first);
    EXPECT(first->status->reason == ExitStatus::Reason::faulted && first->status->vector == 14);
    parent->take_child(*first);
    EXPECT(process::find(pid) == nullptr && !parent->has_child(pid));
    EXPECT_EQ(parent->ended_child(0)->status->code, 7);
    parent->take_child(*second);
    EXPECT(!parent->has_child(0));
}

TEST(process, that_ends_lets_its_children_go) {
    World world;
    Process* parent = create();
    Process* running = create(parent);
    Process* ended = create(parent);
    Process* grandchild = create(running);
    REQUIRE(parent && running && ended && grandchild);
    const std::uint32_t pids[] = {parent->pid, ended->pid, running->pid};
    ended->end(EXITED);
    parent->end(EXITED);
    EXPECT(process::find(pids[0]) == nullptr && process::find(pids[1]) == nullptr);
    EXPECT(process::find(pids[2]) == running && running->parent == nullptr);
    EXPECT(grandchild->parent == running);
    const process::ProcessReference kept{*running};
    running->end(EXITED);
    EXPECT(process::find(pids[2]) == nullptr && kept->has_ended());
    EXPECT(grandchild->parent == nullptr);
}

TEST(process, ends_with_who_holds_it) {
    World world;
    Process* parent = create();
    Process* child = create(parent);
    REQUIRE(parent != nullptr && child != nullptr);
    {
        const process::EndsAsKilled running{*child};
    }
    REQUIRE(parent->ended_child(0) == child);
    EXPECT(child->status->reason == ExitStatus::Reason::killed);
    child->discard();
    EXPECT(!parent->has_child(0));
    Process* alone = create();
    REQUIRE(alone != nullptr);
    const std::uint32_t pid = alone->pid;
    {
        process::EndsAsKilled running{*alone};
        const process::EndsAsKilled moved{std::move(running)};
        EXPECT(process::find(pid) == alone);
    }
    EXPECT(process::find(pid) == nullptr);
}
