"""`make test` counts what each part says, and its last line is their sum."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pollux.course.tree import Tree
from pollux.upkeep import parts
from pollux.upkeep.parts import Count, Part

DOCTEST = """\
build/host/unit-1
[doctest] test cases:  51 |  50 passed | 1 failed | 0 skipped
[doctest] assertions: 900 | 899 passed | 1 failed |
build/host/unit-2
[doctest] test cases:   7 |   7 passed | 0 failed | 0 skipped
"""


def test_counts() -> None:
    assert parts.count_checks("  ok    marks\n10 passed, 1 failed\n") == Count(10, 1)
    assert parts.count_doctest(DOCTEST) == Count(57, 1)
    closing = "FAILED x\n2 failed, 80 passed, 1 skipped, 1 error in 60.11s (0:01:00)\n"
    assert parts.count_pytest(closing) == Count(80, 3, 1)
    assert parts.count_pytest("===== 5 passed in 0.1s =====\n") == Count(5, 0)


@pytest.mark.parametrize("count", [parts.count_checks, parts.count_doctest, parts.count_pytest])
def test_no_count_is_no_pass(count: Callable[[str], Count | None]) -> None:
    assert count("make: *** no rule\n") is None


def said(tmp_path: Path, code: str) -> tuple[Count, str]:
    part = Part("part", (sys.executable, "-c", code), parts.count_checks)
    return parts.run(part, Tree(tmp_path), tmp_path / "log")


def test_a_part(tmp_path: Path) -> None:
    assert said(tmp_path, "print('3 passed, 0 failed')") == (Count(3, 0), "")
    count, words = said(tmp_path, "print('why'); print('2 passed, 1 failed')")
    assert count == Count(2, 1) and "why" in words
    assert said(tmp_path, "print('oops')")[0] == Count(0, 1)
    assert said(tmp_path, "print('3 passed, 0 failed'); exit(1)")[0] == Count(3, 1)


def test_the_closing_line() -> None:
    assert re.fullmatch(r"\d+ passed, \d+ failed", str(Count(3, 0) + Count(2, 1)))
    assert str(Count(3, 0, 2)) == "3 passed, 0 failed, 2 skipped"
