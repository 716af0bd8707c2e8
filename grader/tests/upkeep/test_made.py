"""Mutants made by machine: what the operators make, and one of each of three labs against the tests."""

from pathlib import Path

import pytest
from pollux.upkeep import made
from pollux.upkeep.made import Fate, Made

from support import BASES, TREE


def _made(number: int, operator: str, before: str) -> list[Made]:
    found = made.make(TREE, TREE.lab(number))
    return [each for each in found if each.operator == operator and before in each.before[0]]


def test_there_are_many_and_each_changes_something() -> None:
    for lab in TREE.labs:
        found = made.make(TREE, lab)
        assert len(found) > 50
        assert all(each.before != each.after for each in found)


def test_operators_make_what_they_say() -> None:
    assert _made(2, "drop", "set_current(before);")[0].after == ()
    ageing = _made(2, "boundary", "queued_at < AGEING_POLLS")[0]
    assert "queued_at <= AGEING_POLLS" in ageing.after[0]
    released = _made(2, "swap", "ended(event);")[0]
    assert [line.strip() for line in released.after] == ["event.release();", "ended(event);"]


def test_nothing_is_made_outside_the_layers_bodies() -> None:
    lines = (TREE.root / TREE.lab(2).folder / "executor.cpp").read_text().split("\n")
    first = next(number for number, line in enumerate(lines) if "LAB 2 BEGIN" in line)
    assert min(each.first for each in made.make(TREE, TREE.lab(2))) > first


@pytest.mark.stage
@pytest.mark.parametrize(
    ("number", "operator", "before"),
    [
        (2, "swap", "ended(event);"),
        (3, "boundary", "if (earliest > now)"),
        (4, "swap", "destroy_frames(event);"),
    ],
)
def test_is_killed(number: int, operator: str, before: str, tmp_path: Path) -> None:
    chosen = _made(number, operator, before)[0]
    end = made.try_one(chosen, TREE, tmp_path, BASES, {})
    assert end.fate is Fate.KILLED, end
