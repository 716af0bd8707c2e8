#pragma once

#include "kernel/event/spawner.hpp"
#include "kernel/lib/panic.hpp"

// Events that end before what they work for does.
namespace event {

// A scope of one event, its owner: the one that runs when it is made. It is destroyed only when every event that was
// spawned in it has ended: its destructor cancels those that are left. So children may refer to what the owner made
// before it, if the scope itself lies in a frame of the owner's (one that is given away may outlive the owner: its
// children must not refer to the owner's things then). A child costs one allocation, as any event; its links lie in the
// event.
//
//     Task<> both() {
//         Buffer buffer;
//         Scope scope;
//         if (!scope.spawn(fill(&buffer)) || !scope.spawn(drain(&buffer)))
//             co_return; // cancels what was spawned
//         co_await scope.join();
//     }
class [[nodiscard]] Scope {
public:
    Scope() : owner_{current() != nullptr ? EventReference{*current()} : EventReference{}} {}
    // Cancels the children that are left. The owner's cancellation comes here too; cancel sees to it that no child is
    // on the stack then.
    ~Scope() {
        cancel();
        KASSERT(children_.is_empty());
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    // Runs `task` as a child, from the executor's next turn on. Its result is dropped.
    template<typename T>
    [[nodiscard]] std::expected<void, kernel::Error> spawn(Task<T>&& task, Priority priority = Priority::normal,
                                                           std::uint32_t pid = 0) {
        const auto child = spawn_frame(task.release(), priority, pid);
        if (!child)
            return std::unexpected{child.error()};
        detach(**child);
        adopt(**child);
        return {};
    }

    // co_await scope.join(): waits until all children have ended. By the owner only.
    class Join final : public Wait {
    public:
        explicit Join(const Scope& scope) : scope_{scope} {}
        bool await_ready() const { return is_over(); }
        void await_suspend(std::coroutine_handle<>) {
            KASSERT(current() == scope_.owner_.get());
            current()->wait = this;
        }
        void await_resume() { current()->wait = nullptr; }
        bool is_over() const override { return scope_.is_empty(); }
        const char* what() const override { return "scope"; }

    private:
        const Scope& scope_;
    };
    Join join() const { return Join{*this}; }

    // Cancels every child. When it returns all have ended, but those that are on the stack, which will be cancelled as
    // soon as they can be. Destructors that run meanwhile may cancel children, and spawn some: those are cancelled too.
    // Implemented by the student: labs/4-spawner/spawner.cpp.
    void cancel();

    // Whether all children have ended.
    bool is_empty() const { return children_.is_empty(); }

private:
    template<typename T>
    friend class Child;
    friend struct HandleForTests;
    // Makes an event a child that was spawned just now, and is in no scope.
    void adopt(Event& child) {
        child.joiner = owner_.get();
        children_.push_back(child);
    }

    EventReference owner_; // none outside of events: then nobody can join
    kernel::List<Event, &Event::sibling> children_;
};

} // namespace event
