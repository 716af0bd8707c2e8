"""How a machine ended and what it said give one outcome, and only the harness's own, whole, tagged end is a pass."""

from dataclasses import replace
from typing import Any

import pytest
from pollux.course.lab import Curve, Test
from pollux.machine.machine import Ended, Inspection
from pollux.machine.patience import Stopped
from pollux.verdict.judge import judge
from pollux.verdict.ktap import Failure, Result, Stop, Transcript
from pollux.verdict.outcome import Outcome

TEST = Test("heap.a", 3, "hint")
ENDED = Ended(85, None, None, b"", "", "", None, 0.1, Inspection(1, None))


def said(outcome: str = "pass", **changes: Any) -> Transcript:
    transcript = Transcript(started="heap.a", result=Result("heap.a", outcome, 5, {}), ended=True)
    return replace(transcript, **changes)


def stopped(kind: str, text: str = "why") -> Transcript:
    return Transcript(started="heap.a", stop=Stop(kind, text))


SILENT = Transcript(started="heap.a")


@pytest.mark.parametrize(
    ("transcript", "ended", "outcome"),
    [
        (said(), {"status": 85}, Outcome.PASS),
        (said("fail"), {"status": 87}, Outcome.FAIL),
        (said("leak"), {"status": 87}, Outcome.LEAK),
        (stopped("NOT WRITTEN"), {"status": 91}, Outcome.NOT_WRITTEN),
        (stopped("PANIC"), {"status": 89}, Outcome.PANIC),
        (stopped("FAULT"), {"status": 89}, Outcome.PANIC),
        (stopped("HANG"), {"status": 93}, Outcome.HANG),
        (stopped("LIMIT"), {"status": 89}, Outcome.HANG),
        (SILENT, {"status": 0, "shutdown": "guest-reset"}, Outcome.TRIPLE_FAULT),
        (SILENT, {"status": 0, "shutdown": "guest-shutdown"}, Outcome.FORGED),
        (SILENT, {"status": -9, "stopped": Stopped.CPU}, Outcome.HANG),
        (SILENT, {"status": 137, "stopped": Stopped.HALTED}, Outcome.HANG),
        # Not the harness's end, or not the whole of it.
        (SILENT, {"status": 85}, Outcome.FORGED),
        (said(ended=False), {"status": 85}, Outcome.FORGED),
        (said(forged="x"), {"status": 85}, Outcome.FORGED),
        (said(), {"status": 87}, Outcome.FORGED),
        (said("fail"), {"status": 85}, Outcome.FORGED),
        (said(failures=[Failure("a:1", "x")]), {"status": 85}, Outcome.FORGED),
        (said(stop=Stop("PANIC", "why")), {"status": 85}, Outcome.FORGED),
        (said(notes=["LEAK 1 block(s)"]), {"status": 85}, Outcome.FORGED),
        (said(), {"status": 85, "inspection": None}, Outcome.FORGED),
        (said(), {"status": 85, "inspection": Inspection(1, 0x1234)}, Outcome.FORGED),
        (SILENT, {"status": -9, "stopped": Stopped.PAUSED}, Outcome.FORGED),
        (said(), {"status": 85, "stopped": Stopped.LEFT_TWICE}, Outcome.FORGED),
        (SILENT, {"status": 33}, Outcome.FORGED),
        (SILENT, {"status": 1}, Outcome.FORGED),
        (SILENT, {"status": 95}, Outcome.FORGED),
        (Transcript(), {"status": 95}, Outcome.FORGED),
        (Transcript(notes=["BAD ORDERS x"]), {"status": 95}, Outcome.FORGED),
        (replace(SILENT, bad_orders="why"), {"status": 95}, Outcome.FORGED),
        (said(), {"status": 85, "inspection": Inspection(1, None, {}, 0x99)}, Outcome.FORGED),
        (SILENT, {"status": -9, "stopped": Stopped.ASLEEP}, Outcome.FORGED),
        (said(), {"status": 89}, Outcome.PANIC),
        (said(forged="x"), {"status": 0, "shutdown": "guest-reset"}, Outcome.FORGED),
        # Ours, never a zero.
        (Transcript(bad_orders="why"), {"status": 95}, Outcome.GRADER_ERROR),
        (Transcript(), {"status": 1, "complaint": "no such device"}, Outcome.GRADER_ERROR),
        (SILENT, {"status": -11}, Outcome.GRADER_ERROR),
        (SILENT, {"status": 137}, Outcome.GRADER_ERROR),
        (SILENT, {"status": 0, "shutdown": "host-signal"}, Outcome.GRADER_ERROR),
    ],
)
def test_outcome(transcript: Transcript, ended: dict[str, Any], outcome: Outcome) -> None:
    verdict = judge(TEST, transcript, replace(ENDED, **ended))
    assert verdict.outcome is outcome
    assert bool(verdict.message) == (outcome not in (Outcome.PASS, Outcome.FAIL))


def test_a_leak_is_told_once() -> None:
    """The kernel's own line on it is a note, and printed as one."""
    verdict = judge(TEST, said("leak", notes=["LEAK 1 block(s)"]), replace(ENDED, status=87))
    assert verdict.notes == ("LEAK 1 block(s)",)
    assert "LEAK" not in verdict.message


def test_a_curve_needs_its_measure() -> None:
    test = replace(TEST, curve=Curve("work", 10, 1))
    assert judge(test, said(), ENDED).outcome is Outcome.FORGED
    measured = said(result=Result("heap.a", "pass", 5, {"work": 3}))
    assert judge(test, measured, ENDED).outcome is Outcome.PASS


def test_where_it_was_stopped_is_the_first_call() -> None:
    ended = replace(ENDED, status=-9, stopped=Stopped.HALTED, address=0x1234)
    assert judge(TEST, SILENT, ended).backtrace[0].address == 0x1234


BODY, HELPER, OTHER = "a.cpp:3 test_heap_a", "a.cpp:9 check", "b.cpp:4 operator()"


@pytest.mark.parametrize(
    ("expected", "played", "words"),
    [
        ({}, {}, ""),
        ({BODY: 1}, {BODY: 1}, ""),
        ({BODY: 1}, {}, "a.cpp:3 was evaluated 0 times instead of 1"),
        ({BODY: 2}, {BODY: 1}, "a.cpp:3 was evaluated 1 times instead of 2"),
        ({BODY: 2}, {BODY: 3}, ""),
        # Rounds of a loop.
        ({BODY: 64}, {BODY: 4}, ""),
        ({BODY: 64}, {BODY: 3}, "a.cpp:3 was evaluated 3 times instead of 64"),
        # Another branch of a helper.
        ({HELPER: 64}, {OTHER: 40}, ""),
        ({BODY: 1, HELPER: 64}, {BODY: 1, OTHER: 3}, "helpers evaluated 3 expectations instead"),
        ({HELPER: 1}, {BODY: 9}, "helpers evaluated 0 expectations instead of 1"),
        ({BODY: 1}, None, "written over"),
    ],
)
def test_a_pass_is_played(
    expected: dict[str, int], played: dict[str, int] | None, words: str
) -> None:
    ended = replace(ENDED, inspection=Inspection(1, None, played))
    verdict = judge(TEST, said(), ended, expected)
    assert verdict.outcome is (Outcome.FORGED if words else Outcome.PASS)
    assert words in verdict.message


def test_fixed_rounds_are_all_played() -> None:
    test = replace(TEST, fixed_rounds=True)
    for found, outcome in ((64, Outcome.PASS), (65, Outcome.PASS), (63, Outcome.FORGED)):
        ended = replace(ENDED, inspection=Inspection(1, None, {BODY: found}))
        assert judge(test, said(), ended, {BODY: 64}).outcome is outcome
