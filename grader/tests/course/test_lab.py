"""lab.toml is loaded strictly, and says in a sentence what is wrong with it."""

from pathlib import Path

import pytest
from pollux.course.lab import Curve, Test, lab_number, load_lab, load_labs, needs_first
from pollux.errors import GraderError

LAB = """\
lab = 1
name = "heap"
title = "A heap"
files = ["heap.cpp"]
hours = "6-10"
"""
TEST = """
[[test]]
name = "heap.a"
points = 3
hint = "Look again."
"""


def write(root: Path, text: str, folder: str = "1-heap") -> Path:
    lab = root / "labs" / folder
    lab.mkdir(parents=True)
    (lab / "lab.toml").write_text(text)
    return lab


def test_defaults(tmp_path: Path) -> None:
    lab = load_lab(write(tmp_path, LAB + TEST))
    (test,) = lab.tests
    assert (lab.folder, lab.files, lab.max_score) == ("labs/1-heap", ("heap.cpp",), 3)
    assert (test.visible, test.needs, test.limit_seconds, test.memory_mebibytes) == (
        True,
        (),
        10,
        128,
    )


def test_all_keys(tmp_path: Path) -> None:
    more = 'visibility = "hidden"\nneeds = ["heap.b"]\nlimit_seconds = 4\nmemory_mebibytes = 64\n'
    curve = '[test.curve]\nmeasure = "work"\nworst = 3000\nbest = 170\n'
    lab = load_lab(write(tmp_path, LAB + TEST + more + curve + TEST.replace("heap.a", "heap.b")))
    assert lab.tests[0].curve == Curve("work", 3000, 170)
    assert [test.name for test in needs_first(lab.tests)] == ["heap.b", "heap.a"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (LAB, "`test` is missing"),
        (LAB + TEST.replace("points = 3", ""), "`points` is missing"),
        (LAB + TEST.replace("points = 3", 'points = "3"'), "`points` has the wrong type"),
        (LAB + TEST.replace("points = 3", "points = true"), "`points` has the wrong type"),
        (LAB + TEST.replace("points = 3", "points = 0"), "more than zero"),
        (LAB + TEST + "colour = 1\n", "unknown key `colour`"),
        ("colour = 1\n" + LAB + TEST, "unknown key `colour`"),
        (LAB + TEST + TEST, "used twice"),
        (LAB + TEST.replace("heap.a", "heap"), "suite.what_it_does"),
        (LAB + TEST + 'needs = ["heap.z"]\n', "no test of this lab"),
        (LAB + TEST + 'needs = ["heap.a"]\n', "needs itself"),
        (LAB + TEST + "limit_seconds = 5\n", "must be even"),
        (LAB + TEST + "memory_mebibytes = 8\n", "between 32 and 2048"),
        (LAB + TEST + 'visibility = "secret"\n', "visible or hidden"),
        (LAB + TEST.replace("Look again.", " "), "`hint` is empty"),
        (LAB.replace("heap.cpp", "../heap.cpp") + TEST, "own folder"),
        (LAB.replace('"heap.cpp"', '"heap.cpp", "heap.cpp"') + TEST, "twice"),
        (LAB.replace("lab = 1", "lab = 2") + TEST, "does not belong in this folder"),
        (LAB + TEST + '[test.curve]\nmeasure = "x"\nworst = 1\nbest = 1\n', "differ"),
        ("lab = ", "Invalid value"),
    ],
)
def test_what_is_wrong_is_said(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(GraderError, match=sentence) as caught:
        load_lab(write(tmp_path, text))
    assert str(caught.value).startswith("labs/1-heap/lab.toml")


def test_labs_are_numbered_without_gaps(tmp_path: Path) -> None:
    write(tmp_path, LAB.replace("lab = 1", "lab = 2") + TEST, "2-heap")
    with pytest.raises(GraderError, match="not numbered"):
        load_labs(tmp_path)


def test_needs_that_go_round_are_named() -> None:
    a, b = (Test(name, 1, "", needs=(need,)) for name, need in (("s.a", "s.b"), ("s.b", "s.a")))
    with pytest.raises(ValueError, match="needs itself"):
        needs_first([a, b])


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("labs/1-heap/heap.cpp", 1),
        ("labs/12-x/tests/a.cpp", 12),
        ("labs/readme", None),
        ("a/b/c", None),
    ],
)
def test_lab_number(path: str, number: int | None) -> None:
    assert lab_number(Path(path)) == number


def test_curve_is_logarithmic_and_bounded() -> None:
    curve = Curve("work", 1000, 10)
    assert [curve.share(value) for value in (10, 1000, 5, 5000, 0)] == [1, 0, 1, 0, 0]
    assert curve.share(100) == pytest.approx(0.5)


def test_curve_may_rise() -> None:
    assert Curve("permille", 500, 1000).share(1000) == 1
