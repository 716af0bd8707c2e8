"""The calls that the grading makes as it goes on."""

from collections.abc import Sequence

from ..course.lab import Lab, Test
from ..verdict.results import LabResult, TestResult


class Listener:
    """Hears how the grading goes on. This one ignores it all; `terminal.Report` prints it."""

    def taken(self, remarks: Sequence[str]) -> None:
        """What is to be said of the files that were taken."""

    def building(self, lab: Lab) -> None:
        pass

    def tick(self) -> None:
        pass

    def running(self, lab: Lab, tests: Sequence[Test]) -> None:
        pass

    def tested(self, result: TestResult) -> None:
        pass

    def graded(self, result: LabResult) -> None:
        pass
