"""Nobody talks the grader into a point: the audit refuses, and behind it the verdict holds."""

import tempfile
from pathlib import Path

import pytest
from pollux.grading.grade import Request, grade
from pollux.host import scratch
from pollux.report.listener import Listener
from pollux.verdict.outcome import Outcome
from pollux.verdict.results import LabResult

from support import BASES, TESTS, TREE, reference, toml

FORGERIES = TESTS / "forgeries"
NAMES = [path.stem for path in sorted(FORGERIES.glob("*.cpp"))]
TRIGGER = toml(FORGERIES / "trigger.toml")
STRUCK: str = TRIGGER["struck"]
pytestmark = [pytest.mark.stage, pytest.mark.parametrize("name", NAMES)]

HEADERS = "#include <cstddef>\n#include <span>\n#include <string_view>\n"
LATER = "\n#ifdef FORGE_LATER\n    FORGE_LATER(bytes);\n#endif\n"


def hand_in(name: str, folder: Path) -> None:
    """Writes the forgery as a submission: the reference heap, with its strike in it."""
    heap = reference(TREE.lab(1), "heap.cpp")
    assert heap.count(TRIGGER["function"]) == 1, "trigger.toml names no function of the reference"
    strike = f"{LATER}    if ({TRIGGER['condition']})\n        return forge::strike();"
    heap = heap.replace(TRIGGER["function"], TRIGGER["function"] + strike)
    source = (FORGERIES / f"{name}.cpp").read_text()
    files = {"labs/1-heap/heap.cpp": f"{HEADERS}{source}\n{heap}"}
    files |= toml(FORGERIES / f"{name}.toml").get("files", {})
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


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
