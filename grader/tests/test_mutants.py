"""Known mistakes of students lose just the points that they should: a few of each lab here, all of them in `make mutants`."""

from pathlib import Path

import pytest
from pollux import mutants
from pollux.mutants import Mutant

from support import BASES, TREE

# How many of each lab are tried here, evenly spread over the list.
EACH_LAB = 6

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
