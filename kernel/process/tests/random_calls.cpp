#include "kernel/lib/random.hpp"
#include "kernel/process/tests/crowd.hpp"

// A crowd of programs that make random system calls with random arguments, and one that goes on with its work; and the
// same while now and then an allocation fails. `make soak` runs them with many seeds.

namespace {

constexpr std::uint64_t CALLS = 20'000;
constexpr std::uint64_t CALLS_WITHOUT_MEMORY = 5'000;
constexpr std::size_t FEW = 3;   // processes: fewer, and another is started
constexpr std::size_t MANY = 60; // more, and some are killed

std::string_view decimal(std::uint64_t number, std::span<char> buffer) {
    return kernel::format(buffer, "{}", number);
}

class Crowd {
public:
    // One of them, in the place of one that has ended. Its input is the output of all: a pipe that nobody empties else.
    void add(std::uint64_t seed) {
        for (ProcessReference& each : started_) {
            if (each && !each->has_ended())
                continue;
            look_at(each);
            char buffer[24];
            each = start("test_random", {decimal(seed, buffer), "5000"});
            if (each) {
                each->descriptors.set(process::abi::INPUT, ends_.reader);
                each->descriptors.set(process::abi::OUTPUT, ends_.writer);
            }
            return;
        }
    }

    // It may be killed by one of the others: then another takes its place.
    void keep_witness() {
        if (witness_ && !witness_->has_ended())
            return;
        look_at_witness();
        witness_ = start("test_witness", {});
    }

    // At the end: nobody found that the kernel lied.
    void look_at_all() {
        for (const ProcessReference& each : started_)
            look_at(each);
        look_at_witness();
    }

private:
    static void look_at(const ProcessReference& process) {
        if (process && process->has_ended())
            EXPECT(process->status->reason != ExitStatus::Reason::faulted || process->status->vector != 6);
    }
    void look_at_witness() const {
        if (witness_ && witness_->has_ended())
            EXPECT_EQ(witness_->status->reason, ExitStatus::Reason::killed);
    }

    static process::PipeEnds make_pipe() {
        auto ends = process::Pipe::create();
        if (!ends)
            kernel::panic("the test finds no memory for its pipe");
        return std::move(*ends);
    }

    process::PipeEnds ends_ = make_pipe();
    ProcessReference started_[2 * FEW];
    ProcessReference witness_;
};

// Somebody who lives, but not the first that comes.
Process* choose_one(kernel::Random& random, std::size_t running) {
    std::size_t steps = random.below(running);
    Process* process = process::next(nullptr);
    while (process != nullptr && (process->has_ended() || steps-- > 0))
        process = process::next(process);
    return process;
}

// Keeps between FEW and MANY of them, roughly: another one, or one less.
bool balance(Crowd& crowd, kernel::Random& random) {
    const std::size_t running = process::stats().running;
    if (running < FEW) {
        crowd.add(random.next());
    } else if (running > MANY || random.below(16) == 0) { // many of them wait for what never comes
        if (Process* one = choose_one(random, running)) {
            kill(*one);
            return true;
        }
    }
    return false;
}

} // namespace

TEST(random_calls, harm_nobody_else) {
    const CrowdCheck check;
    kernel::Random random{test::seed()};
    const std::uint64_t end = process::stats().system_calls + CALLS;
    std::uint64_t killed = 0;
    std::uint64_t rounds = 0;
    {
        Crowd crowd;
        while (process::stats().system_calls < end) {
            crowd.keep_witness();
            killed += balance(crowd, random) ? 1 : 0;
            if (!run_for(MILLISECOND / 10))
                crowd.add(random.next());
            ++rounds;
        }
        kill_all();
        crowd.look_at_all();
    }
    test::measure("killed", killed);
    test::measure("rounds", rounds);
}

// No witness: what it wants of the kernel takes memory.
TEST(random_calls, leave_nothing_when_memory_fails) {
    const CrowdCheck check;
    kernel::Random random{test::seed()};
    const std::uint64_t end = process::stats().system_calls + CALLS_WITHOUT_MEMORY;
    {
        Crowd crowd;
        while (process::stats().system_calls < end) {
            balance(crowd, random);
            heap::fail_allocation(random.below(20));
            frame::fail_allocation(random.below(20));
            const bool anybody_is_ready = poll(1);
            heap::fail_allocation(0);
            frame::fail_allocation(0);
            if (!anybody_is_ready && !run_for(MILLISECOND / 10))
                crowd.add(random.next());
        }
        kill_all();
        crowd.look_at_all();
    }
}
