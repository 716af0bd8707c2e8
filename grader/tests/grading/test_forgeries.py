"""Nobody talks the grader into a point: the audit refuses, and behind it the verdict holds."""

import tempfile
from pathlib import Path

import pytest
from pollux.grading.grade import Request, grade
from pollux.host import scratch
from pollux.report.listener import Listener
from pollux.verdict.outcome import Outcome
from pollux.verdict.results import LabResult

from forging import FORGERIES, NAMES, STRUCK, hand_in
from support import BASES, TREE, toml

pytestmark = [pytest.mark.stage, pytest.mark.parametrize("name", NAMES)]


def graded(name: str, *, audited: bool) -> LabResult:
    with tempfile.TemporaryDirectory() as folder, scratch.folder() as work:
        hand_in(name, Path(folder))
        tests = (STRUCK,)
        request = Request(TREE, work, (1,), tests, Path(folder), bases=BASES, audited=audited)
        return grade(request, Listener())[0]


def test_gets_no_point(name: str) -> None:
    expected = toml(FORGERIES / f"{name}.toml")
    result = graded(name, audited=True)
    assert [str(test.outcome) for test in result.tests] == [expected["outcome"]], result.message
    assert result.score == 0
    if expected["outcome"] == Outcome.REFUSED:
        assert expected["message"] in result.compiler
        assert result.message.startswith("labs/1-heap/heap.cpp:")


def test_gets_no_point_behind_the_audit(name: str) -> None:
    expected = toml(FORGERIES / f"{name}.toml")
    if "behind" not in expected or expected["outcome"] != Outcome.REFUSED:
        pytest.skip("the audit is the wall that holds it, or is not in its way")
    result = graded(name, audited=False)
    outcome = str(result.tests[0].outcome)
    words = expected["behind"]
    assert outcome == words or outcome in words.split(), result.tests[0].verdict
    assert outcome != Outcome.PASS and result.score == 0
    assert expected.get("behind_message", "") in result.tests[0].verdict.message
