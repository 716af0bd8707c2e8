"""Every known mistake of a student loses just the points that it should."""

from pathlib import Path

import pytest
from pollux import mutants
from pollux.mutants import Mutant

from support import BASES, TREE

MUTANTS = mutants.load(TREE)


@pytest.mark.stage
@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_is_killed(mutant: Mutant, tmp_path: Path) -> None:
    trial = mutants.try_one(mutant, TREE, tmp_path, BASES)
    assert not trial.complaints


def test_is_well_formed() -> None:
    names = [(mutant.lab.number, mutant.name) for mutant in MUTANTS]
    assert len(set(names)) == len(names)
