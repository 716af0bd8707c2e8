"""What the formats share."""

from collections.abc import Sequence
from pathlib import Path

from ..course.lab import Lab, Test
from ..errors import GraderError
from ..text import printable
from ..verdict.ktap import Failure
from ..verdict.outcome import Outcome
from ..verdict.results import LabResult, TestResult

# How many of the kernel's notes on a test are shown: who waits for what, and the end of the trace.
NOTES = 24
# Neither XML 1.0 nor a terminal accepts these.
UNPRINTABLE = {code: None for code in range(32) if chr(code) not in "\t\n\r"}


def number(points: float) -> float | int:
    """Points as people write them: 3, not 3.0."""
    return int(points) if points == int(points) else points


def name_of(result: LabResult) -> str:
    return f"Lab {result.lab.number}: {result.lab.title}"


def insist_on_verdicts(results: Sequence[LabResult]) -> None:
    """GraderError when the grader could not do its work, for formats that could only say zero then."""
    for result in results:
        for test in result.tests:
            if test.outcome is Outcome.GRADER_ERROR:
                raise GraderError(f"{test.test.name} could not be judged: {test.verdict.message}")


def explain(lab: LabResult, result: TestResult) -> list[str]:
    """Why a test lost its points, in lines for a student; nothing for a pass."""
    verdict = result.verdict
    if result.outcome is Outcome.PASS:
        return []
    lines = [f"{result.outcome}: {printable(verdict.message)}".rstrip(": ")]
    for failure in verdict.failures[1:] if result.outcome is Outcome.FAIL else verdict.failures:
        lines.append(_failure(failure))
    for frame in verdict.backtrace[:12]:
        name = f"{frame.name}+{frame.offset:#x}" if frame.name else f"{frame.address:#x}"
        lines.append(f"  at {name}  {lab.source_lines.get(frame.address, '')}".rstrip())
    lines += verdict.notes[:NOTES]
    lines += seen(result)
    if result.outcome not in (Outcome.SKIPPED, Outcome.GRADER_ERROR, Outcome.NOT_WRITTEN):
        lines.append(f"hint: {result.test.hint}")
    return [printable(line) for line in lines]


def seen(result: TestResult) -> list[str]:
    """What the traced run of a failed test showed, in lines."""
    if result.seen is None:
        return []
    if not result.seen.steps:
        return ["a traced run of it broke no rule of the diagram in kernel/event/state.hpp"]
    return ["a traced run of it:", *(f"  {line}" for line in result.seen.steps)]


def draw_again(lab: Lab, test: Test) -> str:
    """What draws the run, in the student's own tree."""
    return f"make timeline LAB={lab.number} TEST={test.name}"


def _failure(failure: Failure) -> str:
    return f"{failure.place}: {failure.text}: expected {failure.expected}, got {failure.got}"


def write(path: Path, text: str, *, append: bool = False) -> None:
    """Writes a result file whole, or says why not."""
    try:
        with path.open("a" if append else "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise GraderError(f"{path} cannot be written: {error.strerror}") from error
