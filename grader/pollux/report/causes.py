"""Which tests end for the same reason, so that it is told once: where it is met first, which is what to mend first."""

import re
from dataclasses import dataclass, field

from ..verdict.outcome import Outcome
from ..verdict.results import LabResult, TestResult

# Whose end is told by its message and by where it was.
STOPPED = (Outcome.PANIC, Outcome.TRIPLE_FAULT, Outcome.HANG)
NUMBER = re.compile(r"0x[0-9a-f]+|\d+")


@dataclass(frozen=True)
class Cause:
    """`first` is the test that it is told with, `others` those that end like it, in their order."""

    first: str
    others: list[str] = field(default_factory=list)


def causes(result: LabResult) -> dict[str, Cause]:
    """By the name of each test that is not alone with its end."""
    found: dict[tuple[str, ...], Cause] = {}
    by_test: dict[str, Cause] = {}
    for test in result.tests:
        key = _key(result, test)
        if key is None:
            continue
        cause = found.setdefault(key, Cause(test.test.name))
        if cause.first != test.test.name:
            cause.others.append(test.test.name)
        by_test[test.test.name] = cause
    return {name: cause for name, cause in by_test.items() if cause.others}


def _key(result: LabResult, test: TestResult) -> tuple[str, ...] | None:
    """What two tests that end for the same reason have in common: the kind of end and the line of the student's."""
    verdict = test.verdict
    if test.outcome in STOPPED:
        lines = [result.source_lines.get(frame.address, "") for frame in verdict.backtrace]
        own = next((line for line in lines if _is_own(result, line)), None)
        if own is None:
            return None
        words = NUMBER.sub("", verdict.message.partition(", rip=")[0])
        return str(test.outcome), words if test.outcome is Outcome.PANIC else "", own
    if test.outcome is Outcome.FAIL and verdict.failures:
        # The same expectation of two tests stands in what they share.
        return str(test.outcome), verdict.failures[0].place, verdict.failures[0].text
    return None


def _is_own(result: LabResult, line: str) -> bool:
    return any(line.startswith(f"{result.lab.folder}/{name}:") for name in result.lab.files)
