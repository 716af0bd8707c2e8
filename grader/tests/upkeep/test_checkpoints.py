"""Checkpoints: what a student has written by then is what is graded, and the handouts' promises are found."""

from pathlib import Path

import pytest
from pollux.course.lab import Lab, Test
from pollux.course.tree import Tree
from pollux.errors import GraderError
from pollux.upkeep import checkpoints

LAB = Lab(1, "heap", "A heap", ("heap.cpp",), "1", (), (Test("heap.a", 3, "Look."),))
BODY = "void {name}() {{\n    // LAB 1 BEGIN\n    work();\n    // LAB 1 END\n}}\n"
ONLY = "// LAB 1 ONLY BEGIN\nint own;\n// LAB 1 ONLY END\n"
HEAP = ONLY + BODY.format(name="one") + BODY.format(name="two")
LIST = (
    '[[checkpoint]]\nholes = ["one"]\n[[checkpoint]]\nfrom = "other"\n[[checkpoint]]\npatch = "p"\n'
)
PATCH = (
    "--- a/labs/1-heap/heap.cpp\n+++ b/labs/1-heap/heap.cpp\n@@ -2 +2 @@\n-int own;\n+int mine;\n"
)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    files = {
        "labs/1-heap/heap.cpp": HEAP,
        "other/heap.cpp": "int other;\n",
        "grader/tests/checkpoints/1-heap.toml": LIST,
        "grader/tests/checkpoints/p": PATCH,
    }
    for name, text in files.items():
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_text(text)
    return Tree(tmp_path / "tree")


def written(tree: Tree, number: int, folder: Path) -> str:
    checkpoints.write(tree, checkpoints.load(tree, LAB)[number - 1], folder)
    return (folder / "labs/1-heap/heap.cpp").read_text()


def test_holes_that_are_not_filled_say_so(tree: Tree, tmp_path: Path) -> None:
    text = written(tree, 1, tmp_path / "out")
    assert text.count("work();") == 1
    assert 'not_written("two")' in text and 'not_written("one")' not in text
    assert "int own;" in text


def test_a_step_may_be_another_solution_or_a_patched_one(tree: Tree, tmp_path: Path) -> None:
    assert written(tree, 2, tmp_path / "other") == "int other;\n"
    assert written(tree, 3, tmp_path / "patched") == HEAP.replace("own", "mine")


def test_a_patch_that_no_longer_fits_is_an_error(tree: Tree, tmp_path: Path) -> None:
    (tree.root / "labs/1-heap/heap.cpp").write_text(HEAP.replace("int own", "int new"))
    with pytest.raises(GraderError, match="no longer fits"):
        written(tree, 3, tmp_path / "out")


@pytest.mark.parametrize(
    "wrong", ['[[checkpoint]]\nholes = ["three"]\n', "[[checkpoint]]\nx = 1\n", "x"]
)
def test_a_wrong_list_is_an_error_that_names_the_file(tree: Tree, wrong: str) -> None:
    (tree.root / "grader/tests/checkpoints/1-heap.toml").write_text(wrong)
    with pytest.raises(GraderError, match=r"1-heap\.toml"):
        checkpoints.load(tree, LAB)


def test_promises_are_found() -> None:
    text = "1. do\n   **Checkpoint 1: 16/100**, and then\n2. do **Checkpoint 2: 25.5/100**\n"
    found = checkpoints.promises(text)
    assert [(one.number, one.score, one.most, one.line) for one in found] == [
        (1, 16.0, 100.0, 2),
        (2, 25.5, 100.0, 3),
    ]
