"""The checks of the handouts find what they are there for."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pollux.checks import Problems, handouts
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
[[test]]
name = "heap.b"
points = 2
hint = "Look again."
visibility = "hidden"
"""
HEADS = "".join(f"## {head}\n" for head in handouts.HEADS)
PAGE = f"""\
# Lab 1: a heap

Hours: 6 to 10. Difficulty: one of five. You hand in `labs/1-heap/heap.cpp`.

{HEADS}
See [this](other.md#a-head-of-its-own), [that](#traps) and ![a picture](x.svg).
**Checkpoint 1: 3/5** **Checkpoint 2: 5/5**

| test | points | what it does |
|---|--:|---|
| `heap.a` | 3 | This. |
| `heap.b` | 2 | Hidden. That. |
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><title>A picture</title></svg>'
GOOD = {
    "labs/1-heap/lab.toml": LAB,
    "labs/1-heap/heap.cpp": "void f() {\n    // LAB 1 BEGIN\n    g();\n    // LAB 1 END\n}\n",
    "handouts/lab-1-heap.md": PAGE,
    "handouts/other.md": "# Other\n\n## A head, of its own!\n\n```\n[no](link.md)\n```\n",
    "handouts/index.md": "[Lab 1](lab-1-heap.md), [other](other.md)\n",
    "handouts/instructor.md": "# For instructors\n",
    "handouts/x.svg": SVG,
    "grader/tests/checkpoints/1-heap.toml": "[[checkpoint]]\n[[checkpoint]]\n",
}

Check = Callable[[Tree], Problems]
LAB_PAGE = "handouts/lab-1-heap.md"


def problems(root: Path, check: Check, name: str = "", text: str = "") -> list[str]:
    for path, content in (GOOD | ({name: text} if name else {})).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return list(check(Tree(root)))


@pytest.mark.parametrize(
    "check", [handouts.labs, handouts.numbers, handouts.links, handouts.index, handouts.pictures]
)
def test_good_handouts_are_clean(check: Check, tmp_path: Path) -> None:
    assert not problems(tmp_path, check)


BROKEN: list[tuple[Check, str, str, str]] = [
    (handouts.labs, LAB_PAGE, PAGE.replace("## Traps\n", ""), "the heads must be"),
    (handouts.labs, LAB_PAGE, PAGE.replace("# Lab 1", "# Lab 2"), "the title begins with"),
    (handouts.labs, LAB_PAGE, PAGE.replace("6 to 10", "6 to 9"), "Hours: 6 to 10"),
    (handouts.labs, LAB_PAGE, PAGE.replace("labs/1-heap", "labs/1"), "heap.cpp is handed in"),
    (handouts.labs, LAB_PAGE, PAGE.replace("`heap.a` | 3", "`heap.a` | 4"), "3 points in lab.toml"),
    (handouts.labs, LAB_PAGE, PAGE.replace("Hidden. ", ""), "hidden in lab.toml"),
    (handouts.labs, LAB_PAGE, PAGE.replace("| `heap.a`", "| heap.a"), "heap.a has 0 rows"),
    (handouts.labs, LAB_PAGE, PAGE.replace("`heap.a`", "`heap.c`"), "heap.c is no test"),
    (handouts.labs, LAB_PAGE, PAGE.replace("nt 2: 5", "nt 2: 4"), "must rise to 5"),
    (handouts.labs, LAB_PAGE, PAGE.replace("nt 1:", "nt 2:"), "not numbered"),
    (handouts.numbers, LAB_PAGE, PAGE.replace("**Checkpoint 1: 3/5**", ""), "2 checkpoints, its"),
    (handouts.links, LAB_PAGE, PAGE.replace("other.md", "gone.md"), "there is no handouts/gone"),
    (handouts.links, LAB_PAGE, PAGE.replace("#traps", "#tricks"), "no head #tricks"),
    (handouts.links, LAB_PAGE, PAGE.replace("other.md#", "instructor.md#"), "the instructor's"),
    (handouts.links, LAB_PAGE, PAGE.replace("(x.svg)", "(y.svg)"), "there is no handouts/y.svg"),
    (handouts.index, "handouts/index.md", "[Lab 1](lab-1-heap.md)\n", "lead to other.md"),
    (handouts.pictures, "handouts/x.svg", "<svg>", "x.svg"),
    (handouts.pictures, "handouts/x.svg", SVG.replace("title", "desc"), "has a <title>"),
    (handouts.pictures, "handouts/z.svg", SVG, "z.svg is on no page"),
]


@pytest.mark.parametrize(("check", "name", "text", "words"), BROKEN)
def test_broken_handouts_are_not(
    check: Check, name: str, text: str, words: str, tmp_path: Path
) -> None:
    found = problems(tmp_path, check, name, text)
    assert any(words in problem for problem in found), found


def test_every_lab_has_a_handout(tmp_path: Path) -> None:
    assert not problems(tmp_path, handouts.labs)
    (tmp_path / LAB_PAGE).unlink()
    assert list(handouts.labs(Tree(tmp_path))) == [
        f"{LAB_PAGE} is missing: every lab has its handout"
    ]


def test_a_head_may_have_a_name_of_its_own(tmp_path: Path) -> None:
    page = PAGE.replace("#a-head-of-its-own", "#short")
    assert problems(tmp_path / "not", handouts.links, LAB_PAGE, page)
    (tmp_path / "has" / "handouts").mkdir(parents=True)
    text = "# Other\n\n## A head { #short }\n"
    tree = {LAB_PAGE: page, "handouts/other.md": text, "handouts/x.svg": SVG}
    for name, content in tree.items():
        (tmp_path / "has" / name).write_text(content)
    assert not list(handouts.links(Tree(tmp_path / "has")))
