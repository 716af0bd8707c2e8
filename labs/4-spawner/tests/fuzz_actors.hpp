#pragma once

// What the events of fuzz_sync.cpp do, each as it falls out.

#include "labs/4-spawner/tests/fuzz_world.hpp"

namespace fuzz {

inline Task<> pause() {
    if (const auto way = below(3); way == 0)
        co_await event::yield_now();
    else if (way == 1)
        co_await event::sleep_for(some_time());
}

inline Task<> use_lock(std::size_t index) {
    sync::MutexLock lock;
    sync::Mutex& mutex = world->locks[index];
    switch (below(4)) {
    case 0:
        lock = mutex.try_lock();
        break;
    case 1:
        if (auto got = co_await with_timeout(mutex.lock(), some_time()))
            lock = std::move(*got);
        break;
    case 2:
        if (auto won = co_await race(event::sleep_for(some_time()), mutex.lock()); won.index() == 1)
            lock = std::get<1>(std::move(won));
        break;
    default:
        lock = co_await mutex.lock();
    }
    if (!lock.is_held())
        co_return;
    const Inside inside{index};
    if (index > 0 || below(2) == 0)
        static_cast<void>(co_await pause());
}

inline Task<> produce() {
    const sync::MutexLock lock = co_await world->locks[0].lock();
    const Inside inside{0};
    const unsigned count = below(4) == 0 ? 2 : 1;
    world->items += count;
    if (count == 2)
        world->condition.notify_all();
    else
        world->condition.notify_one();
    if (below(2) == 0)
        co_await event::yield_now();
}

inline Task<> consume() {
    sync::MutexLock lock = co_await world->locks[0].lock();
    Inside inside{0};
    const bool patient = below(3) > 0;
    while (world->items == 0) {
        inside.leave();
        if (patient) {
            const Count waits{&world->hungry};
            co_await world->condition.wait(lock);
        } else {
            const auto notified = co_await world->condition.wait_for(lock, some_time());
            expect(lock.is_held(), "wait_for gives the mutex back");
            if (!notified) {
                inside.enter();
                co_return;
            }
        }
        expect(lock.is_held(), "wait gives the mutex back");
        inside.enter();
    }
    --world->items;
}

inline Task<> use_permit() {
    bool got = true;
    switch (below(4)) {
    case 0:
        got = world->semaphore.try_acquire();
        break;
    case 1:
        got = (co_await with_timeout(world->semaphore.acquire(), some_time())).has_value();
        break;
    case 2:
        got = (co_await race(world->semaphore.acquire(), event::sleep_for(some_time()))).index() == 0;
        break;
    default:
        co_await world->semaphore.acquire();
    }
    if (!got)
        co_return;
    const Permit permit;
    static_cast<void>(co_await pause());
}

inline Task<> meet() {
    const Count arrives{&world->arriving};
    if (below(3) == 0)
        static_cast<void>(co_await with_timeout(world->barrier.arrive(), some_time()));
    else
        co_await world->barrier.arrive();
}

inline Task<> listen() {
    const std::shared_ptr<sync::OnceSignal> signal = world->signal;
    if (below(3) == 0) {
        static_cast<void>(co_await race(event::sleep_for(some_time()), signal->wait()));
        co_return;
    }
    {
        const Count waits{&world->listening};
        co_await signal->wait();
    }
    expect(signal->is_set(), "a signal is waited for until it is set");
}

inline Task<> send(unsigned count) {
    const std::shared_ptr<Pipe> pipe = world->pipe;
    const std::uint64_t name = ++world->names << 32;
    for (unsigned i = 1; i <= count; ++i) {
        if (below(3) == 0) {
            const bool sent = pipe->channel.try_send(name + i);
            pipe->sent += sent ? 1 : 0;
            continue;
        }
        if (below(4) == 0) {
            const auto sent = co_await with_timeout(pipe->channel.send(name + i), some_time());
            pipe->sent += sent ? 1 : 0;
            continue;
        }
        const Count waits{&pipe->sending};
        if (const auto sent = co_await pipe->channel.send(name + i); !sent) {
            expect(pipe->channel.is_closed(), "a send fails only when the channel is closed");
            co_return;
        }
        ++pipe->sent;
    }
}

inline Task<> receive(unsigned count) {
    const std::shared_ptr<Pipe> pipe = world->pipe;
    for (; count > 0; --count) {
        Receiver receiver{pipe.get()};
        if (below(4) == 0) {
            const auto value = co_await with_timeout(pipe->channel.receive(), some_time());
            if (value)
                note_received(*pipe, *value);
            continue;
        }
        if (below(5) == 0) {
            const auto won = co_await race(pipe->channel.receive(), world->semaphore.acquire());
            if (won.index() == 1)
                const Permit permit;
            else if (std::get<0>(won))
                note_received(*pipe, *std::get<0>(won));
            continue;
        }
        const Count waits{&pipe->receiving};
        const auto value = co_await pipe->channel.receive();
        if (value)
            note_received(*pipe, *value);
        receiver.is_done(value.has_value());
        if (!value)
            co_return;
    }
}

inline Task<> act(unsigned depth);

inline Task<> act_once(unsigned depth) {
    switch (below(depth > 2 ? 9 : 12)) {
    case 0:
    case 1:
        return use_lock(below(LOCKS));
    case 2:
        return produce();
    case 3:
    case 4:
        return consume();
    case 5:
        return use_permit();
    case 6:
        return below(2) == 0 ? meet() : listen();
    case 7:
        return send(1 + static_cast<unsigned>(below(4)));
    case 8:
        return receive(1 + static_cast<unsigned>(below(4)));
    case 9:
        return [](unsigned below_this) static -> Task<> {
            Scope scope;
            for (auto children = below(3); children > 0; --children)
                static_cast<void>(scope.spawn(act(below_this + 1), static_cast<event::Priority>(below(4))));
            if (below(3) > 0)
                co_await scope.join();
        }(depth);
    case 10:
        return [](unsigned below_this) static -> Task<> {
            static_cast<void>(co_await with_timeout(act(below_this + 1), some_time()));
        }(depth);
    default:
        return [](unsigned below_this) static -> Task<> {
            static_cast<void>(co_await race(act(below_this + 1), act(below_this + 1)));
        }(depth);
    }
}

inline Task<> act(unsigned depth) {
    const Count lives{&world->alive};
    for (auto acts = 1 + below(4); acts > 0; --acts)
        static_cast<void>(co_await act_once(depth));
}

} // namespace fuzz
