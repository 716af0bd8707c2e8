"""Autolab's autoresult: the last line of standard output (https://docs.autolabproject.com/lab/#writing-autograders)."""

import json
from collections.abc import Sequence
from typing import Any

from ..verdict.outcome import Outcome
from ..verdict.results import LabResult
from ..verdict.score import plain
from .shared import insist_on_verdicts, number


def as_autolab(results: Sequence[LabResult]) -> str:
    """Two lines: the table of tests (Autolab's semantic feedback), and the scores, one problem for each lab."""
    insist_on_verdicts(results)
    feedback: dict[str, Any] = {"_presentation": "semantic", "stages": []}
    scores = {}
    for result in results:
        stage = f"Lab {result.lab.number}"
        feedback["stages"].append(stage)
        feedback[stage] = {}
        for test in result.tests:
            passed = test.outcome is Outcome.PASS
            row: dict[str, Any] = {"passed": passed}
            if not passed:
                row["hint"] = f"{test.outcome}. {test.test.hint}"
            elif test.score < test.test.points:
                row["hint"] = f"{plain(test.score)} of {plain(test.test.points)} points"
            feedback[stage][test.test.name] = row
        scores[result.lab.name] = number(result.score)
    return f"{json.dumps(feedback)}\n{json.dumps({'scores': scores})}\n"
