"""Results and submissions of a made-up class."""

from pathlib import Path

from pollux.classroom.marking import Taken
from pollux.handin.submission import Handin
from pollux.roster.submissions import Submission
from pollux.verdict.judge import Verdict
from pollux.verdict.ktap import Failure, Frame
from pollux.verdict.outcome import Outcome
from pollux.verdict.results import LabResult, TestResult

from support import TREE

LAB = TREE.lab(1)
FAILED = Verdict(
    Outcome.FAIL,
    "a.cpp:1: EXPECT(x)",
    77,
    {"work": 3},
    (Failure("a.cpp:1", "EXPECT(x)", "1", "2"),),
    (Frame("heap::f", 18, 0x1000),),
)


def result(*outcomes: Outcome) -> LabResult:
    """As lab 1's tests would end: so, and pass for the rest."""
    curves = [test.curve for test in LAB.tests]
    verdicts = [
        Verdict(Outcome.PASS, "", 5, {curve.measure: int(curve.best)} if curve else {})
        for curve in curves
    ]
    for number, kind in enumerate(outcomes):
        verdicts[number] = FAILED if kind is Outcome.FAIL else Verdict(kind, str(kind))
    tests = (
        TestResult(test, verdict, "console\n", 0.5) for test, verdict in zip(LAB.tests, verdicts)
    )
    return LabResult(LAB, tuple(tests), source_lines={0x1000: "heap.cpp:3"}, seconds=2.5)


def taken(name: str, text: str | None = "text", **more: str) -> Taken:
    handin = Handin({1: {"heap.cpp": text.encode()}}) if text is not None else Handin()
    path = Path("/in") / name
    return Taken(Submission(name, path), handin, {1: f"key of {text}"}, **more)
