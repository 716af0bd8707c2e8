"""GitHub Classroom: what a grading step hands to `autograding-grading-reporter`, a JSON document in base64.

That reporter counts passed tests over all tests for its table, and sums `score` for what the classroom records.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any

from ..verdict.outcome import Outcome
from ..verdict.results import LabResult, TestResult
from .shared import explain, number


def as_github(results: Sequence[LabResult]) -> str:
    """The line for $GITHUB_OUTPUT."""
    error = any(result.outcome is Outcome.GRADER_ERROR for result in results)
    full = all(result.full for result in results)
    document = {
        "version": 1,
        "status": "error" if error else "pass" if full else "fail",
        "max_score": number(sum(result.max_score for result in results)),
        "tests": [_test(result, test) for result in results for test in result.tests],
    }
    encoded = base64.b64encode(json.dumps(document).encode()).decode()
    return f"result={encoded}\n"


def _test(lab: LabResult, result: TestResult) -> dict[str, Any]:
    status = "pass" if result.outcome is Outcome.PASS else "fail"
    if result.outcome is Outcome.GRADER_ERROR:
        status = "error"
    return {
        "name": result.test.name,
        "status": status,
        "score": number(result.score),
        "message": "\n".join(explain(lab, result)),
        "test_code": "",
        "filename": "",
        "line_no": 0,
        "execution_time": f"{result.seconds:.2f}s",
    }
