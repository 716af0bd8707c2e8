// Every primitive of sync at once, under everything that an event may do or suffer: cancel, race, time-out, scope,
// close, and an interrupt at each boundary; held against a model of what each of them promises. Host only. A short run
// is a part of `make unit`; `make fuzz-sync` goes on (FUZZ_SEEDS of them, from POLLUX_SEED on).

#include "kernel/test/test.hpp"

#if __STDC_HOSTED__

#include "labs/4-spawner/tests/fuzz_actors.hpp"

namespace {

using namespace fuzz;

// What a device does: whatever any context may.
void strike() {
    switch (below(40)) {
    case 0:
        ++world->permits;
        return world->semaphore.release();
    case 1:
        if (world->pipe->channel.try_send((std::uint64_t{1} << 60) + ((world->names += 2) << 32) + 1))
            ++world->pipe->sent;
        return;
    case 2:
        return world->signal->set();
    case 3:
        if (event::Event* const blocked = event::executor().blocked.front(); blocked != nullptr)
            event::wake(*blocked); // for nothing
        return;
    default:
        return;
    }
}

void set_strikes(bool on) {
    host::set_boundary_handler(on ? strike : nullptr);
}

// Until nothing but another's doing can wake anybody. Then every promise must be kept.
void settle_all(bool strikes) {
    for (;;) {
        EXPECT(settle());
        if (host::armed_deadline() == UINT64_MAX)
            break;
        host::advance_time(1 + (host::armed_deadline() > arch::now() ? host::armed_deadline() - arch::now() : 0));
    }
    set_strikes(false);
    EXPECT(settle());
    const World& now = *world;
    for (std::size_t i = 0; i < LOCKS; ++i)
        if (now.holders[i] == 0)
            expect(world->locks[i].try_lock().is_held(), "a mutex that nobody holds is free");
    if (now.holders[0] == 0)
        expect(now.items == 0 || now.hungry == 0, "no notification is lost: nobody waits beside an item");
    expect(now.semaphore.permits() + now.permits_held == now.permits, "permits are conserved");
    expect(now.barrier.arrived() == now.arriving && now.arriving < PARTY, "a barrier counts who waits, and opens");
    expect(now.pipe->sent == now.pipe->received + now.pipe->channel.size(), "values are conserved");
    const Pipe& pipe = *now.pipe;
    expect(pipe.receiving == 0 || (pipe.channel.size() == 0 && !pipe.channel.is_closed()),
           "nobody waits beside a value");
    expect(pipe.sending == 0 || (pipe.channel.size() == 2 && !pipe.channel.is_closed()), "nobody waits beside a place");
    expect(now.listening == 0 || !now.signal->is_set(), "nobody waits for what has happened");
    set_strikes(strikes);
}

void close_and_renew() {
    world->pipe->channel.close();
    settle_all(false);
    world->pipe = std::make_shared<Pipe>();
}

void one_step(bool strikes) {
    auto& handles = world->handles;
    switch (below(20)) {
    case 0:
        if (!handles.empty())
            handles[below(handles.size())].cancel();
        return;
    case 2:
        if (!handles.empty()) {
            std::swap(handles[below(handles.size())], handles.back());
            handles.pop_back();
        }
        return;
    case 3:
        return host::advance_time(100 * below(40));
    case 4:
        if (below(8) == 0)
            world->pipe->channel.close();
        else if (below(8) == 0)
            world->signal->set();
        return;
    case 5:
        return below(4) == 0 ? settle_all(strikes) : void();
    case 6:
        if (below(3) == 0) {
            set_strikes(false);
            close_and_renew();
            world->signal->set();
            settle_all(false);
            world->signal = std::make_shared<sync::OnceSignal>();
            set_strikes(strikes);
        }
        return;
    case 7:
    case 8:
    case 9:
    case 10:
    case 11:
        if (world->alive < 60)
            handles.push_back(must_spawn(act(0), static_cast<event::Priority>(below(4))));
        return;
    default:
        for (auto polls = below(6); polls > 0; --polls)
            event::executor().run_once();
        event::reap();
    }
}

void live(std::uint64_t seed) {
    World of_this_seed{seed};
    world = &of_this_seed;
    const bool strikes = seed % 2 == 1;
    set_strikes(strikes);
    for (world->step = 0; world->step < 1'000; ++world->step)
        one_step(strikes);
    settle_all(false);
    close_and_renew();
    for (JoinHandle<>& handle : world->handles)
        handle.cancel();
    world->handles.clear();
    for (int rounds = 0; rounds < 1'000 && event::executor().unfinished > 0; ++rounds) {
        while (event::Event* const left = event::executor().blocked.front())
            event::cancel(*left); // whoever is handed what this one held goes on
        settle_all(false);
    }
    expect(world->alive == 0 && event::executor().unfinished == 0 && event::live_events() == 0, "all events are gone");
    expect(world->permits_held == 0 && world->hungry == 0 && world->arriving == 0, "and all that they held");
    world = nullptr;
}

} // namespace

TEST_CASE("fuzz.sync") {
    const char* const text = std::getenv("FUZZ_SEEDS");
    const std::uint64_t count = text == nullptr ? 200 : std::strtoull(text, nullptr, 0);
    for (std::uint64_t seed = test::seed(); seed < test::seed() + count; ++seed)
        live(seed);
    expect_nothing_left();
}

#endif
