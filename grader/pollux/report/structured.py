"""JSON, as DESIGN.md gives it: what the grader's own programs read."""

import json
from collections.abc import Sequence
from typing import Any

from ..host.toolchain import compiler
from ..verdict.results import LabResult, TestResult
from .shared import number


def _test(result: TestResult) -> dict[str, Any]:
    return {
        "name": result.test.name,
        "outcome": str(result.outcome),
        "score": number(result.score),
        "max_score": number(result.test.points),
        "message": result.verdict.message,
        "instructions": result.verdict.instructions,
    }


def lab_json(result: LabResult) -> dict[str, Any]:
    return {
        "lab": result.lab.number,
        "title": result.lab.title,
        "score": number(result.score),
        "max_score": number(result.max_score),
        "outcome": str(result.outcome),
        "tests": [_test(test) for test in result.tests],
    }


def as_json(results: Sequence[LabResult]) -> str:
    """All results, and the compiler, on which instruction counts depend. Everything that differs between two runs is under
    `timing`."""
    timing = {
        f"lab {result.lab.number}": {
            "seconds": round(result.seconds, 3),
            "tests": {test.test.name: round(test.seconds, 3) for test in result.tests},
        }
        for result in results
    }
    labs = [lab_json(result) for result in results]
    document = {"compiler": compiler(), "labs": labs, "timing": timing}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
