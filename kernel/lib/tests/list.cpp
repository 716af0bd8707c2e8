#include "kernel/lib/list.hpp"
#include "kernel/test/test.hpp"

namespace {

struct Item {
    int padding = 0; // so that the link is not the first member
    kernel::ListNode node;
};
using Items = kernel::List<Item, &Item::node>;

} // namespace

TEST(list, keeps_order) {
    Items items;
    Item a, b, c;
    EXPECT(items.is_empty());
    items.push_back(b);
    items.push_back(c);
    items.push_front(a);
    EXPECT_EQ(items.front(), &a);
    EXPECT_EQ(items.back(), &c);
    EXPECT_EQ(items.next(a), &b);
    EXPECT_EQ(items.pop_front(), &a);
    EXPECT_EQ(items.pop_front(), &b);
    EXPECT_EQ(items.pop_front(), &c);
    EXPECT_EQ(items.pop_front(), nullptr);
}

TEST(list, unlinks_from_anywhere) {
    Items items;
    Item a, b, c;
    items.push_back(a);
    items.push_back(b);
    items.push_back(c);
    b.node.unlink();
    EXPECT(!b.node.is_linked());
    b.node.unlink(); // a second time does nothing
    EXPECT_EQ(items.next(a), &c);
    a.node.unlink();
    c.node.unlink();
    EXPECT(items.is_empty());
}

TEST(list, inserts_before_a_position) {
    Items items;
    Item a, b, c;
    items.push_back(a);
    items.push_back(c);
    items.insert_before(c, b);
    EXPECT_EQ(items.next(a), &b);
    EXPECT_EQ(items.next(b), &c);
    EXPECT_EQ(items.next(c), nullptr);
    a.node.unlink();
    b.node.unlink();
    c.node.unlink();
}
