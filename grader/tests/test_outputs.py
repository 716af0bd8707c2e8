"""What a person and what other programs read."""

import io
import json
from xml.etree import ElementTree

from pollux.cli import ALL_PASSED, NOT_DONE, POINTS_LOST, exit_status
from pollux.ktap import Failure, Frame
from pollux.lab import Curve, Lab, Test
from pollux.outcome import Outcome
from pollux.outputs import as_json, as_junit
from pollux.report import Report
from pollux.results import LabResult, TestResult, of_all
from pollux.verdict import Verdict
from rich.console import Console

TESTS = (
    Test("heap.a", 3, "Hint of a."),
    Test("heap.b", 2, "Hint of b.", needs=("heap.a",)),
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
    assert set(document) == {"labs", "timing"}
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
