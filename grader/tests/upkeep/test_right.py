"""Right solutions of quite another make than the reference lose points only where the handout prices cost: on a curve.

Each folder of `grader/tests/right` is a submission. One of each lab is graded here; all of them with POLLUX_RIGHT=all.
"""

import os
from pathlib import Path

import pytest
from pollux.grading.grade import Request, grade
from pollux.grading.running import Settings
from pollux.report.listener import Listener

from support import BASES, TREE

FOLDER = TREE.root / "grader" / "tests" / "right"


def _chosen() -> list[Path]:
    chosen = []
    for lab in sorted(FOLDER.iterdir()):
        solutions = sorted(lab.iterdir())
        chosen += solutions if os.environ.get("POLLUX_RIGHT") == "all" else solutions[:1]
    return chosen


@pytest.mark.stage
@pytest.mark.parametrize("solution", _chosen(), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_loses_only_what_is_priced(solution: Path, tmp_path: Path) -> None:
    number = int(solution.parent.name[0])
    request = Request(
        TREE, tmp_path, (number,), submission=solution, settings=Settings(jobs=1), bases=BASES
    )
    result = grade(request, Listener())[0]
    assert not result.message
    lost = [test for test in result.tests if test.score < test.test.points and not test.test.curve]
    assert not [(test.test.name, test.outcome, test.verdict.message) for test in lost]
