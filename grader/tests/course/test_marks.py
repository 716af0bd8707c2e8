"""Marks: what lies between them becomes one line; one that is not as it must be is an error with its place."""

import pytest
from pollux.course.marks import find_holes, starter
from pollux.errors import GraderError

HEAP = """\
#include "kernel/mm/heap.hpp"

namespace heap {

// LAB 1 ONLY BEGIN
namespace {
int helper() { return 1; }
} // namespace
// LAB 1 ONLY END

// The student's specification stays.
void* allocate(std::size_t bytes, std::size_t alignment) {
    // LAB 1 BEGIN
    if (bytes == 0) {
        return nullptr;
    }
    return carve(bytes, alignment);
    // LAB 1 END
}

} // namespace heap
"""

STARTER = """\
#include "kernel/mm/heap.hpp"

namespace heap {

// The student's specification stays.
void* allocate(std::size_t bytes, std::size_t alignment) {
    kernel::not_written("heap::allocate");
}

} // namespace heap
"""


def test_starter() -> None:
    assert starter(HEAP, 1, "heap.cpp") == STARTER


def test_a_file_without_marks_stays() -> None:
    assert starter(STARTER, 1, "heap.cpp") == STARTER


@pytest.mark.parametrize(
    ("before", "name"),
    [
        ("void heap::initialise(std::span<std::byte> arena) {", "heap::initialise"),
        ("namespace a::b {\nvoid Waker::wake() const {", "a::b::Waker::wake"),
        ("namespace {\nint f() {", "f"),
        (
            "namespace heap {\nstd::expected<void, BadFree> deallocate(void* p) {",
            "heap::deallocate",
        ),
        ("class Waker {\npublic:\n    void wake() const {", "Waker::wake"),
        ("struct [[nodiscard]] Task : Base {\n    ~Task() {", "Task::~Task"),
        ("Queue::Queue(int size) : size_(size) {", "Queue::Queue"),
        ("bool Node::operator==(const Node& other) const {", "Node::operator=="),
        ("int Call::operator()(int x) {", "Call::operator()"),
        ('[[gnu::section("x")]] void early(int a) {', "early"),
        ("int a() { return 1; }\nint b = 2;\n#define X(y) y\nint c(int d) {", "c"),
        ("const char* brace = \"{\";\nchar c = '{';\n// {\nint f() {", "f"),
        ("Task<int> child(std::array<int, 2> a = {}) {", "child"),
        ("template<typename T>\nT* Slab<T>::take() {", "Slab::take"),
    ],
)
def test_names_the_function(before: str, name: str) -> None:
    text = f"{before}\n    // LAB 1 BEGIN\n    x();\n    // LAB 1 END\n}}\n"
    (hole,) = find_holes(text, 1, "f.cpp")
    assert hole.function == name


def test_a_name_in_the_mark_wins() -> None:
    text = "void f() {\n    // LAB 1 BEGIN heap::g\n    // LAB 1 END\n}\n"
    assert 'not_written("heap::g")' in starter(text, 1, "f.cpp")


B, E = "    // LAB 1 BEGIN\n", "    // LAB 1 END\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"void f() {{\n{B}}}\n", "f.cpp:2"),
        (f"void f() {{\n{E}}}\n", "f.cpp:2"),
        (f"void f() {{\n{B}{B}{E}}}\n", "f.cpp:3"),
        (f"void f() {{\n{B}{E}{E}}}\n", "f.cpp:4"),
        (f"void f() {{\n{B}    // LAB 2 END\n}}\n", "f.cpp:3"),
        ("void f() {\n    // LAB 2 BEGIN\n    // LAB 2 END\n}\n", "f.cpp:2"),
        (f"void f() {{\n    x();\n{B}{E}}}\n", "f.cpp:3"),
        (f"void f() {{\n{B}{E}    x();\n}}\n", "f.cpp:2"),
        ("void f() {\n    // LAB 1 BEGIN: here\n    x();\n}\n", "f.cpp:2"),
        ("void f() {\n    //LAB 1 BEGIN\n    x();\n}\n", "f.cpp:2"),
        ("void f() {\n    x(); // LAB 1 BEGIN\n}\n", "f.cpp:2"),
        ("void f() {\n    // Lab 1 begin\n}\n", "f.cpp:2"),
        (f"// LAB 1 ONLY BEGIN\n{E}", "f.cpp:2"),
        ("void f() {\n// LAB 1 ONLY BEGIN\n// LAB 1 ONLY END\n}\n", "f.cpp:2"),
        (f"int a[] = {{\n{B}{E}}};\n", "f.cpp:2"),
    ],
)
def test_a_wrong_mark_is_an_error_with_its_place(text: str, place: str) -> None:
    with pytest.raises(GraderError, match=f"^{place}: "):
        find_holes(text, 1, "f.cpp")
