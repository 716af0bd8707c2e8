"""Known mistakes of students lose just the points that they should: a few of each lab here, all of them in `make mutants`."""

from pathlib import Path

import pytest
from pollux.course.lab import Lab, Test
from pollux.upkeep import mutants
from pollux.upkeep.mutants import Mutant
from pollux.verdict.judge import Verdict
from pollux.verdict.outcome import Outcome
from pollux.verdict.results import LabResult, TestResult

from support import BASES, TREE

# How many of each lab are tried here, evenly spread over the list.
EACH_LAB = 3

MUTANTS = mutants.load(TREE)


def _some() -> list[Mutant]:
    chosen: list[Mutant] = []
    for number in sorted({mutant.lab.number for mutant in MUTANTS}):
        of_lab = [mutant for mutant in MUTANTS if mutant.lab.number == number]
        chosen += of_lab[:: max(1, -(-len(of_lab) // EACH_LAB))]
    return chosen


SOME = _some()


@pytest.mark.stage
@pytest.mark.parametrize("mutant", SOME, ids=[mutant.name for mutant in SOME])
def test_is_killed(mutant: Mutant, tmp_path: Path) -> None:
    trial = mutants.try_one(mutant, TREE, tmp_path, BASES)
    assert not trial.complaints


def test_is_well_formed() -> None:
    names = [(mutant.lab.number, mutant.name) for mutant in MUTANTS]
    assert len(set(names)) == len(names)


def _judged(outcomes: str, expected: dict[str, Outcome | None], may: tuple[str, ...]) -> list[str]:
    """What there is to complain about when heap.a, heap.b… end with the `outcomes`."""
    tests = [
        TestResult(Test(f"heap.{letter}", 1, "hint"), Verdict(Outcome(word)))
        for letter, word in zip("abcd", outcomes.split())
    ]
    lab = Lab(1, "heap", "A heap", ("heap.cpp",), "1", (), tuple(test.test for test in tests))
    mutant = Mutant(lab, "m", Path("m.patch"), "", expected, may)
    return list(mutants.judge(mutant, LabResult(lab, tuple(tests))).complaints)


def test_judges_by_both_lists() -> None:
    expected: dict[str, Outcome | None] = {"heap.a": Outcome.FAIL}
    assert not _judged("fail pass pass", expected, ())
    assert not _judged("fail panic pass", expected, ("heap.b",))
    assert _judged("pass pass pass", expected, ()) == ["heap.a: pass, not fail"]
    assert _judged("panic pass pass", expected, ()) == ["heap.a: panic, not fail"]
    assert _judged("fail panic pass", expected, ()) == ["heap.b: panic, not pass"]
    assert not _judged("hang pass pass", {"heap.a": None}, ())
    assert _judged("pass pass pass", {"heap.a": None}, ()) == ["heap.a: pass, not a failure"]
