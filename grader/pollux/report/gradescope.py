"""Gradescope's results.json (https://gradescope-autograders.readthedocs.io/en/latest/specs/).

A test that lab.toml hides is `after_published` there: Gradescope's own `hidden` is for tests without points, whose
score would show all the same in the sum.
"""

import json
from collections.abc import Sequence
from typing import Any

from ..verdict.outcome import Outcome
from ..verdict.results import LabResult, TestResult
from ..verdict.score import plain
from .shared import explain, insist_on_verdicts, name_of, number


def as_gradescope(results: Sequence[LabResult]) -> str:
    """The text of results.json. After a grader error none is written, so that Gradescope says that the autograder failed."""
    insist_on_verdicts(results)
    document = {
        "output": "\n".join(_words(result) for result in results),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "execution_time": round(sum(result.seconds for result in results)),
        "tests": [_test(result, test) for result in results for test in result.tests],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _words(result: LabResult) -> str:
    """What concerns a lab as a whole. It says no score, which would give away the tests that are still hidden."""
    lines = [name_of(result)]
    if result.message:
        lines += [f"{result.outcome}: {result.message}", *result.compiler.splitlines()[:30]]
    lines += result.warnings[:10]
    return "\n".join(lines)


def _test(lab: LabResult, result: TestResult) -> dict[str, Any]:
    test = result.test
    passed = result.outcome is Outcome.PASS
    lines = explain(lab, result)
    measured = "".join(f"{name}: {value}\n" for name, value in result.verdict.measures.items())
    full = result.score >= test.points
    if passed and not full:
        lines.append(f"{plain(result.score)} of {plain(test.points)} points on its curve")
    status = {"status": "passed" if full else "failed"} if full or not passed else {}
    return {
        "name": test.name,
        "score": number(result.score),
        "max_score": number(test.points),
        **status,
        "output": measured + "\n".join(lines),
        "output_format": "text",
        "visibility": "visible" if test.visible else "after_published",
        "tags": [f"lab-{lab.lab.number}"],
    }
