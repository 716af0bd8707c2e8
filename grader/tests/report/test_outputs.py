"""What a person and what other programs read."""

import base64
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from pollux.course.lab import Curve, Lab, Test
from pollux.errors import GraderError
from pollux.grading.command import exit_status
from pollux.host.command import ALL_PASSED, NOT_DONE, POINTS_LOST
from pollux.report.formats import (
    as_autolab,
    as_github,
    as_gradescope,
    as_html,
    as_json,
    as_junit,
    as_ktap,
)
from pollux.report.terminal import Report
from pollux.verdict.judge import Verdict
from pollux.verdict.ktap import Failure, Frame
from pollux.verdict.outcome import Outcome
from pollux.verdict.results import LabResult, TestResult, of_all
from rich.console import Console

from support import TREE

TESTS = (
    Test("heap.a", 3, "Hint of a."),
    Test("heap.b", 2, "Hint of b.", visible=False, needs=("heap.a",)),
    Test("heap.c", 5, "Hint of c.", curve=Curve("work", 1000, 10)),
)
LAB = Lab(1, "heap", "A heap", ("heap.cpp",), "1", (), TESTS)
PASSED = Verdict(Outcome.PASS, "", 77)
FAILED = Verdict(
    Outcome.FAIL,
    "t.cpp:4: EXPECT_EQ(a, b): expected 1, got 2",
    9,
    failures=(Failure("t.cpp:4", "EXPECT_EQ(a[0], b)", "1", "2"),),
    backtrace=(Frame("heap::f", 18, 0x1000),),
)


def result(*verdicts: Verdict) -> LabResult:
    tests = tuple(TestResult(test, verdict) for test, verdict in zip(TESTS, verdicts))
    return LabResult(LAB, tests, source_lines={0x1000: "labs/1-heap/heap.cpp:31"}, seconds=1.25)


def report_of(lab: LabResult, verbose: bool = False) -> str:
    out = io.StringIO()
    report = Report(Console(file=out, width=200), ["grader/grade"], verbose)
    report.building(LAB)
    report.running(LAB, TESTS)
    report.graded(lab)
    report.total([lab])
    return out.getvalue()


MEASURED = Verdict(Outcome.PASS, "", 5, {"work": 100})
FULL = Verdict(Outcome.PASS, "", 5, {"work": 10})


def test_a_failure_says_all_that_helps() -> None:
    text = report_of(result(FAILED, PASSED, MEASURED))
    for words in (
        "t.cpp:4: EXPECT_EQ(a[0], b)",
        "expected: 1",
        "got:      2",
        "at heap::f+0x12  labs/1-heap/heap.cpp:31",
        "hint: Hint of a.",
        "again: grader/grade --lab 1 --test heap.a",
        "4.5/10",
        "2 pass, 1 fail",
    ):
        assert words in text


def test_a_pass_is_one_line() -> None:
    text = report_of(result(PASSED, PASSED, MEASURED))
    assert "Hint" not in text
    assert "Total 7.5/10" in text


def test_what_a_student_prints_does_not_reach_the_terminal() -> None:
    evil = Verdict(Outcome.PANIC, "\x1b[2J[bold]x\n")
    text = report_of(result(evil, PASSED, MEASURED))
    assert "\x1b" not in text
    assert "\\x1b[2J[bold]x\\x0a" in text


def test_a_build_error_shows_the_compiler() -> None:
    text = report_of(of_all(LAB, Outcome.BUILD_ERROR, "heap.cpp:1:1: no", "line one\nline two"))
    assert "build error: heap.cpp:1:1: no" in text
    assert "line two" in text


def test_what_stopped_every_test_is_said_once() -> None:
    error = Verdict(Outcome.GRADER_ERROR, "QEMU does not start")
    assert report_of(result(error, error, error)).count("QEMU does not start") == 1


def test_json() -> None:
    document = json.loads(as_json([result(FAILED, PASSED, MEASURED)]))
    assert set(document) == {"compiler", "labs", "timing"}
    (lab,) = document["labs"]
    tests = lab.pop("tests")
    assert lab == {"lab": 1, "title": "A heap", "score": 4.5, "max_score": 10, "outcome": "fail"}
    assert tests[0] == {
        "name": "heap.a",
        "outcome": "fail",
        "score": 0,
        "max_score": 3,
        "message": "t.cpp:4: EXPECT_EQ(a, b): expected 1, got 2",
        "instructions": 9,
    }


def test_junit() -> None:
    skipped = Verdict(Outcome.SKIPPED, "needs heap.a\x1b")
    error = Verdict(Outcome.GRADER_ERROR, "no QEMU")
    root = ElementTree.fromstring(as_junit([result(FAILED, skipped, error)]).encode())
    kinds = [child.tag for case in root.iter("testcase") for child in case]
    assert kinds == ["failure", "skipped", "error"]


def test_junit_counts_what_it_lists() -> None:
    skipped = Verdict(Outcome.SKIPPED, "needs heap.a")
    root = ElementTree.fromstring(as_junit([result(FAILED, skipped, MEASURED)]).encode())
    (suite,) = root.iter("testsuite")
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "3", "failures": "1", "errors": "0", "skipped": "1"}
    (failure,) = root.iter("failure")
    assert failure.text is not None and "hint: Hint of a." in failure.text


KTAP_LINE = re.compile(
    r"KTAP version 1|1\.\.\d+|# .*|(ok|not ok) \d+ [\w.-]+( # [A-Za-z].*)?", re.ASCII
)


def test_ktap() -> None:
    """Every line is one of the format's, the plans are true, and a nested test's lines are indented by two."""
    skipped = Verdict(Outcome.SKIPPED, "needs heap.a # SKIP\n")
    lines = as_ktap([result(FAILED, skipped, MEASURED), result(PASSED, PASSED, FULL)]).splitlines()
    outer = [line for line in lines if not line.startswith("  ")]
    assert outer == ["KTAP version 1", "1..2", "not ok 1 lab-1-heap", "ok 2 lab-1-heap"]
    inner = [line[2:] for line in lines if line.startswith("  ")]
    assert all(KTAP_LINE.fullmatch(line) for line in lines + inner if not line.startswith("  "))
    assert inner.count("KTAP version 1") == 2 and inner.count("1..3") == 2
    results = [line for line in inner if not line.startswith(("#", "K", "1"))]
    assert results[:3] == [
        "not ok 1 heap.a # fail",
        "not ok 2 heap.b # SKIP needs heap.a ＃ SKIP\\x0a",
        "ok 3 heap.c",
    ]
    assert "# t.cpp:4" not in inner and any("t.cpp:4" in line for line in inner)


# What Gradescope's documentation allows, key by key.
GRADESCOPE: dict[str, type] = {
    "output": str,
    "output_format": str,
    "visibility": str,
    "stdout_visibility": str,
    "execution_time": int,
    "tests": list,
}
GRADESCOPE_TEST: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "score": (int, float),
    "max_score": (int, float),
    "status": str,
    "output": str,
    "output_format": str,
    "visibility": str,
    "tags": list,
}


def test_gradescope() -> None:
    document = json.loads(as_gradescope([result(FAILED, PASSED, MEASURED)]))
    assert set(document) == set(GRADESCOPE)
    assert all(isinstance(document[key], kind) for key, kind in GRADESCOPE.items())
    for test in document["tests"]:
        assert set(test) <= set(GRADESCOPE_TEST)
        assert all(isinstance(test[key], GRADESCOPE_TEST[key]) for key in test)
        assert test["visibility"] in ("visible", "hidden", "after_due_date", "after_published")
    first, second, third = document["tests"]
    assert (first["status"], second["status"]) == ("failed", "passed")
    assert "status" not in third and third["score"] == 2.5  # passed, with half of the points
    assert "t.cpp:4" in first["output"] and "Hint of a." in first["output"]
    assert second["visibility"] == "after_published", "lab.toml hides it"
    assert sum(test["score"] for test in document["tests"]) == 4.5
    assert "4.5" not in document["output"], "the sum would give away what is hidden"


def test_autolab() -> None:
    words = as_autolab([result(FAILED, PASSED, MEASURED)])
    assert words.endswith("\n")
    feedback, scores = (json.loads(line) for line in words.splitlines())
    assert scores == {"scores": {"heap": 4.5}}
    assert feedback["_presentation"] == "semantic" and feedback["stages"] == ["Lab 1"]
    assert feedback["Lab 1"]["heap.a"] == {"passed": False, "hint": "fail. Hint of a."}
    assert feedback["Lab 1"]["heap.b"] == {"passed": True}


@pytest.mark.parametrize("writer", [as_gradescope, as_autolab])
def test_a_grader_error_is_no_zero_to_anybody(writer: Callable[[list[LabResult]], str]) -> None:
    with pytest.raises(GraderError, match="heap.c could not be judged: no QEMU"):
        writer([result(PASSED, PASSED, Verdict(Outcome.GRADER_ERROR, "no QEMU"))])


def github(*verdicts: Verdict) -> dict[str, Any]:
    name, _, encoded = as_github([result(*verdicts)]).rstrip("\n").partition("=")
    assert name == "result"
    document: dict[str, Any] = json.loads(base64.b64decode(encoded, validate=True))
    return document


def test_github() -> None:
    """As autograding-grading-reporter reads it: it sums `score`, and looks at `status` of all and of each."""
    document = github(FAILED, PASSED, MEASURED)
    assert (document["status"], document["max_score"]) == ("fail", 10)
    assert [test["status"] for test in document["tests"]] == ["fail", "pass", "pass"]
    assert sum(test["score"] for test in document["tests"]) == 4.5
    assert "Hint of a." in document["tests"][0]["message"]
    assert github(PASSED, PASSED, FULL)["status"] == "pass"
    assert github(PASSED, PASSED, Verdict(Outcome.GRADER_ERROR, "x"))["status"] == "error"


def test_html() -> None:
    evil = Verdict(Outcome.PANIC, "<script>\x1b")
    text = as_html([result(evil, PASSED, MEASURED)], ["grader/grade"], TREE.root, title="Ada & co")
    assert "&lt;script&gt;\\x1b" in text and "<script>" not in text
    assert "Ada &amp; co" in text and "Hint of a." in text
    assert "grader/grade --lab 1 --test heap.a" in text
    assert "4.5 of 10 points" in text and "src=" not in text and "http" not in text


def test_exit_status() -> None:
    error = Verdict(Outcome.GRADER_ERROR, "no QEMU")
    full = Verdict(Outcome.PASS, "", 5, {"work": 10})
    assert exit_status([result(PASSED, PASSED, full)]) == ALL_PASSED
    assert exit_status([result(PASSED, PASSED, MEASURED)]) == POINTS_LOST
    assert exit_status([result(PASSED, PASSED, error)]) == NOT_DONE


def test_a_labs_outcome() -> None:
    unwritten, skipped = Verdict(Outcome.NOT_WRITTEN, "x"), Verdict(Outcome.SKIPPED, "x")
    assert result(PASSED, PASSED, MEASURED).outcome is Outcome.PASS
    assert result(unwritten, skipped, unwritten).outcome is Outcome.NOT_WRITTEN
    assert result(unwritten, skipped, PASSED).outcome is Outcome.FAIL
    assert of_all(LAB, Outcome.BUILD_ERROR, "x").outcome is Outcome.BUILD_ERROR


def crash(address: int, message: str = "page fault at 0x8, rip=0xf00") -> Verdict:
    frames = (Frame("list", 0, 0x2000), Frame("heap::f", 1, address), Frame("t", 2, 0x3000))
    return Verdict(Outcome.PANIC, message, backtrace=frames)


SOURCES = {
    0x1000: "labs/1-heap/heap.cpp:31",
    0x1004: "labs/1-heap/heap.cpp:31",
    0x1100: "labs/1-heap/heap.cpp:99",
    0x2000: "kernel/lib/list.hpp:4",
}


def test_ends_of_one_cause_are_told_once_and_first() -> None:
    """Two crashes at one line of the student's, whatever the addresses; a third elsewhere is its own."""
    other = "page fault at 0x10, rip=0xf08"
    lab = replace(result(crash(0x1000), crash(0x1004, other), crash(0x1100)), source_lines=SOURCES)
    text = report_of(lab)
    assert text.count("2 tests end here. Mend this one first.") == 1
    assert re.search(r"panic +0/2  heap.b  ends as heap.a\n", text)
    assert text.count("hint:") == 2 and "Hint of b." not in text
    html = as_html([lab], ["grade"], TREE.root)
    assert html.count("2 tests end here") == 1 and "Ends as <code>heap.a</code>" in html
    apart = replace(result(crash(0x1000), crash(0x1100)), source_lines=SOURCES)
    assert "end here" not in report_of(apart)


def test_ends_that_differ_in_kind_or_have_no_line_are_told_each() -> None:
    hang = replace(crash(0x1000), outcome=Outcome.HANG)
    lab = replace(result(crash(0x1000), hang, FAILED), source_lines=SOURCES)
    assert "end here" not in report_of(lab)
    lab = result(crash(0x5000), crash(0x5000))
    assert "end here" not in report_of(lab)
