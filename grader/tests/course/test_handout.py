"""A failed test leads to the line of the handout that says what it does."""

from pathlib import Path

import pytest
from pollux.course import handout
from pollux.course.lab import Lab, Test

from support import TREE

TEST = Test("heap.a", 1, "h")
LAB = Lab(1, "heap", "A heap", ("heap.cpp",), "1", (), (TEST,))
TEXT = "# Lab 1\n\n## Steps\n\nMake `heap.a` pass.\n\n## Tests, literally\n\n| test | points | what |\n|---|---|---|\n| `heap.a` | 1 | It is null. |\n"


def test_the_row_of_the_test(tmp_path: Path) -> None:
    assert handout.section(tmp_path, LAB, TEST) is None
    (tmp_path / "handouts").mkdir()
    (tmp_path / "handouts/lab-1-heap.md").write_text(TEXT)
    place = "handouts/lab-1-heap.md:11, Tests, literally: It is null."
    assert handout.section(tmp_path, LAB, TEST) == place
    assert handout.section(tmp_path, LAB, Test("heap.b", 1, "h")) is None


@pytest.mark.parametrize("lab", [pytest.param(lab, id=f"lab {lab.number}") for lab in TREE.labs])
def test_every_handout_speaks_of_every_test(lab: Lab) -> None:
    if not (TREE.root / f"handouts/lab-{lab.number}-{lab.name}.md").is_file():
        pytest.skip("the lab has no handout yet")
    silent = [test.name for test in lab.tests if handout.section(TREE.root, lab, test) is None]
    assert not silent
