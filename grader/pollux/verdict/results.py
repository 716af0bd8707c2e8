"""The results of grading: of one test, and of one lab."""

from dataclasses import dataclass, field

from ..course.lab import Lab, Test
from ..text import short
from .judge import Verdict
from .outcome import Outcome
from .score import score


@dataclass(frozen=True)
class Seen:
    """What was seen of a failed test when it ran once more in a traced build. No verdict rests on it."""

    steps: tuple[str, ...]  # the broken rule first, and what led to it; empty: no rule was broken
    drawing: str = ""  # a small picture for a page, as SVG


# What is kept of a compiler's words.
COMPILER = 32 << 10


@dataclass(frozen=True)
class TestResult:
    test: Test
    verdict: Verdict
    console: str = ""
    seconds: float = 0.0
    seen: Seen | None = None

    @property
    def outcome(self) -> Outcome:
        return self.verdict.outcome

    @property
    def score(self) -> float:
        return score(self.test, self.verdict.outcome, self.verdict.measures)


@dataclass(frozen=True)
class LabResult:
    """`tests` in the order of lab.toml; `message` says why nothing could be run, or is empty;
    `source_lines` gives for an address of a backtrace its line in the source."""

    lab: Lab
    tests: tuple[TestResult, ...]
    message: str = ""
    compiler: str = ""
    warnings: tuple[str, ...] = ()
    source_lines: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def score(self) -> float:
        return round(sum(test.score for test in self.tests), 1)

    @property
    def max_score(self) -> float:
        return sum(test.test.points for test in self.tests)

    @property
    def full(self) -> bool:
        return self.score >= self.max_score

    @property
    def outcome(self) -> Outcome:
        """Pass when every test passed; what stopped the lab as a whole; else fail."""
        outcomes = {test.outcome for test in self.tests}
        if outcomes == {Outcome.PASS}:
            return Outcome.PASS
        if Outcome.GRADER_ERROR in outcomes:
            return Outcome.GRADER_ERROR
        if Outcome.FORGED in outcomes:
            return Outcome.FORGED
        if outcomes <= {Outcome.NOT_HANDED_IN}:
            return Outcome.NOT_HANDED_IN
        if outcomes <= {Outcome.BUILD_ERROR}:
            return Outcome.BUILD_ERROR
        if outcomes <= {Outcome.REFUSED}:
            return Outcome.REFUSED
        if outcomes <= {Outcome.NOT_WRITTEN, Outcome.SKIPPED}:
            return Outcome.NOT_WRITTEN
        return Outcome.FAIL


def of_all(lab: Lab, outcome: Outcome, message: str, compiler: str = "") -> LabResult:
    """A lab whose tests could not even begin."""
    message, compiler = short(message), short(compiler, COMPILER)
    verdict = Verdict(outcome, message)
    tests = tuple(TestResult(test, verdict) for test in lab.tests)
    return LabResult(lab, tests, message, compiler)
