#pragma once

#include "kernel/lib/panic.hpp"

#include <cstddef>

namespace kernel {

// The links of one object in one list. An object that may be in two lists has two of them. Not copied with its object.
class ListNode {
public:
    constexpr ListNode() = default;
    ListNode(const ListNode&) = delete;
    ListNode& operator=(const ListNode&) = delete;

    constexpr bool is_linked() const { return next_ != nullptr; }

    // Whether the object is in a list, and nothing else is.
    constexpr bool is_alone() const { return is_linked() && next_ == previous_; }

    // Takes the object out of whatever list holds it; nothing when none does.
    void unlink() {
        if (is_linked())
            take_out();
    }

private:
    // It is linked, so both neighbours are there; clang's analyser takes a list's head to have none.
    void take_out() {
        previous_->next_ = next_;     // NOLINT(clang-analyzer-core.NullDereference)
        next_->previous_ = previous_; // NOLINT(clang-analyzer-core.NullDereference)
        next_ = nullptr;
    }

    template<typename T, ListNode T::* member>
    friend class List;
    ListNode* next_ = nullptr;     // null: in no list
    ListNode* previous_ = nullptr; // then of no meaning
};

// A doubly linked list through a member of its objects: List<Event, &Event::queue_node>. Links and unlinks in constant
// time, never allocates, owns nothing: an object must be unlinked before it dies. Not safe against interrupts by
// itself.
template<typename T, ListNode T::* member>
class List {
public:
    constexpr List() { head_.next_ = head_.previous_ = &head_; }
    List(const List&) = delete;
    List& operator=(const List&) = delete;

    bool is_empty() const { return head_.next_ == &head_; }

    // The object must not be in a list through this member: a panic says so.
    void push_back(T& object) { insert_before(head_, object.*member); }
    void push_front(T& object) { insert_before(*head_.next_, object.*member); }

    // Puts `object` right before `position`, which must be in this list.
    void insert_before(T& position, T& object) { insert_before(position.*member, object.*member); }

    // Null when empty.
    T* front() const { return is_empty() ? nullptr : object_of(head_.next_); }
    T* back() const { return is_empty() ? nullptr : object_of(head_.previous_); }
    // Null at the end.
    T* next(T& object) const { return (object.*member).next_ == &head_ ? nullptr : object_of((object.*member).next_); }

    // Takes the first object out and returns it; null when empty.
    T* pop_front() {
        if (is_empty())
            return nullptr;
        ListNode* const node = head_.next_;
        head_.next_ = node->next_;
        head_.next_->previous_ = &head_;
        node->next_ = nullptr;
        return object_of(node);
    }

    // Takes out an object that is in this list; unlink is for those that may be in none.
    void remove(T& object) { (object.*member).take_out(); }

private:
    static void insert_before(ListNode& position, ListNode& node) {
        KASSERT(!node.is_linked());
        node.next_ = &position;
        node.previous_ = position.previous_;
        position.previous_->next_ = &node;
        position.previous_ = &node;
    }

    static T* object_of(ListNode* node) {
        // The distance of the member from the start of its object, taken from an address that is never read.
        alignas(T) static constexpr char ground[1] = {};
        const T* object = reinterpret_cast<const T*>(ground);
        const auto offset = reinterpret_cast<const char*>(&(object->*member)) - ground;
        return reinterpret_cast<T*>(reinterpret_cast<char*>(node) - offset);
    }

    ListNode head_;
};

} // namespace kernel
