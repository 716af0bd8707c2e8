"""Every check finds what it is there for. Each is shown a small tree that breaks it, and one that does not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pollux.checks import Problems, labs, layering, links, rooms, sources, tools
from pollux.course.tree import Tree

LAB = """\
lab = 1
name = "heap"
title = "A heap"
files = ["heap.cpp"]
hours = "6-10"
[[test]]
name = "heap.a"
points = 3
hint = "Look again."
"""
HEAP = "void f() {\n    // LAB 1 BEGIN\n    g();\n    // LAB 1 END\n}\n"
MAP = "".join(
    f"| {floor} | `{room}` | a purpose |\n"
    for floor, names in enumerate(rooms.FLOORS)
    for room in names
)
GOOD = {
    "labs/1-heap/lab.toml": LAB,
    "labs/1-heap/heap.cpp": HEAP,
    "labs/1-heap/tests/a.cpp": '#include "kernel/test/test.hpp"\nTEST(heap, a) {\n}\n',
    "kernel/test/test.hpp": "#pragma once\n",
    "kernel/lib/list.hpp": "// asm is but a word here\n#pragma once\nextern int word;\n",
    "kernel/mm/frame.hpp": '#pragma once\n#include "kernel/lib/list.hpp"\n#include "arch/clock.hpp"\n',
    "kernel/mm/tests/frame.cpp": '#include "kernel/main.hpp"\n',
    "kernel/main.hpp": '#pragma once\n#include "kernel/mm/frame.hpp"\n',
    "arch/clock.hpp": '#pragma once\n#include "kernel/lib/list.hpp"\n',
    "grader/examples/x.toml": "",
    "handouts/instructor.md": "`grader/examples/x.toml`\n",
    "arch/x86_64/port.cpp": 'void f() { asm("nop"); }\n',
    "grader/README.md": MAP,
    "grader/pollux/__init__.py": "",
    "grader/pollux/text.py": "printable = str\n",
    "grader/pollux/host/scratch.py": "from ..text import printable\n",
    "grader/pollux/course/tree.py": "from ..host import scratch\nfrom . import tree\n",
    "README.md": "See `kernel/lib/list.hpp::word` and `labs/1-heap/heap.cpp::f`.\n",
}

Check = Callable[[Tree], Problems]


def problems(root: Path, check: Check, **changes: str) -> list[str]:
    for name, text in (GOOD | changes).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return list(check(Tree(root)))


CHECKS: list[Check] = [
    labs.definitions,
    labs.tests,
    labs.marks,
    layering.check,
    rooms.check,
    sources.inline_assembly,
    sources.length,
    sources.pragma_once,
    links.check,
]


@pytest.mark.parametrize("check", CHECKS)
def test_a_good_tree_is_clean(check: Check, tmp_path: Path) -> None:
    assert not problems(tmp_path, check)


BROKEN: list[tuple[Check, str, str, str]] = [
    (labs.definitions, "labs/1-heap/lab.toml", LAB + "x = 1\n", "unknown key `x`"),
    (labs.definitions, "labs/1-heap/lab.toml", LAB.replace("heap.cpp", "pile.cpp"), "is not there"),
    (labs.tests, "labs/1-heap/tests/b.cpp", "TEST(heap, b) {}\n", "heap.b has no entry"),
    (labs.tests, "labs/1-heap/tests/b.cpp", "TEST(heap, a) {}\n", "second TEST"),
    (labs.tests, "labs/1-heap/tests/a.cpp", "// TEST(heap, a)\n", "no TEST"),
    (labs.marks, "labs/1-heap/heap.cpp", HEAP.replace("    // LAB 1 END\n", ""), "heap.cpp:2"),
    (labs.marks, "kernel/lib/x.cpp", HEAP, "kernel/lib/x.cpp:2"),
    (labs.marks, "labs/1-heap/tests/b.cpp", HEAP, "outside a lab's own sources"),
    (layering.check, "kernel/lib/x.cpp", '#include "arch/clock.hpp"\n', "lib lies below arch"),
    (layering.check, "arch/x.cpp", '#include "kernel/mm/frame.hpp"\n', "arch lies below mm"),
    (layering.check, "kernel/mm/x.cpp", '#include "kernel/main.hpp"\n', "above every layer"),
    (layering.check, "labs/2-x/x.cpp", '#include "labs/1-heap/heap.cpp"\n', "a file of a lab"),
    (layering.check, "kernel/lib/x.cpp", '#include "list.hpp"\n', "no full path"),
    (
        rooms.check,
        "grader/pollux/host/x.py",
        "from ..course import tree\n",
        "x.py:1: imports from course",
    ),
    (
        rooms.check,
        "grader/pollux/handin/x.py",
        "\nfrom ..audit.rules import audit\n",
        "x.py:2: imports",
    ),
    (
        rooms.check,
        "grader/pollux/host/x.py",
        "import pollux.course.tree\n",
        "which is not below host",
    ),
    (rooms.check, "grader/pollux/host/x.py", "def f():\n    from .. import grading\n", "x.py:2"),
    (rooms.check, "grader/pollux/text.py", "from .host import scratch\n", "not below text"),
    (rooms.check, "grader/pollux/cellar/x.py", "", "cellar is no room"),
    (rooms.check, "grader/pollux/x.py", "", "x is no room"),
    (
        rooms.check,
        "grader/README.md",
        MAP.replace("`audit`", "`judge`"),
        "no row for the room audit",
    ),
    (rooms.check, "grader/README.md", MAP.replace("| 2 |", "| 3 |"), "no row for the room machine"),
    (sources.inline_assembly, "kernel/lib/x.cpp", 'void f() { asm volatile("nop"); }\n', "x.cpp:1"),
    (sources.inline_assembly, "labs/1-heap/x.hpp", '\n__asm__("nop");\n', "x.hpp:2"),
    (sources.length, "kernel/lib/x.cpp", "\n" * 301, "301 lines"),
    (sources.length, "labs/1-heap/heap.cpp", "\n" * 401, "401 lines"),
    (sources.pragma_once, "kernel/lib/x.hpp", "int x;\n", "x.hpp"),
    (links.check, "README.md", "`kernel/lib/list.hpp::gone`\n", "has no gone"),
    (links.check, "handouts/1.md", "\n`kernel/lib/gone.hpp::word`\n", "handouts/1.md:2"),
    (links.check, "README.md", "`kernel/lib/gone.hpp`\n", "there is no kernel/lib/gone.hpp"),
    (links.check, "handouts/1.md", "`grader/examples/x.toml`\n", "students read this"),
]


@pytest.mark.parametrize(("check", "name", "text", "words"), BROKEN)
def test_a_broken_tree_is_not(
    check: Check, name: str, text: str, words: str, tmp_path: Path
) -> None:
    found = problems(tmp_path, check, **{name: text})
    assert any(words in problem for problem in found), found


def test_a_room_is_not_crowded(tmp_path: Path) -> None:
    modules = {f"grader/pollux/host/m{number}.py": "" for number in range(rooms.MOST_MODULES)}
    (found,) = problems(tmp_path, rooms.check, **modules)
    assert "14 modules in one room" in found


def test_format_of_cpp(tmp_path: Path) -> None:
    style = {".clang-format": "BasedOnStyle: LLVM\n"}
    assert problems(tmp_path / "bad", tools.clang_format, **style, **{"arch/x.cpp": "int  x ;\n"})
    only = {name: "" for name in GOOD if name.endswith(("pp",))}
    assert not problems(tmp_path / "good", tools.clang_format, **style, **only)


def test_format_and_types_of_python(tmp_path: Path) -> None:
    bad = {"grader/pollux/x.py": "def f(x): return  x\n"}
    assert problems(tmp_path / "bad", tools.black, **bad)
    assert any("x.py:1" in line for line in problems(tmp_path / "bad", tools.mypy, **bad))
    good = {"grader/pollux/x.py": "X: int = 1\n"}
    assert not problems(tmp_path / "good", tools.black, **good)
    assert not problems(tmp_path / "good", tools.mypy, **good)
