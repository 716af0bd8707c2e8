"""Runs a stage's tests, each in a machine of its own, side by side."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from ..building import symbols
from ..building.stage import Stage
from ..course.lab import Test, needs_first
from ..errors import GraderError
from ..host import disk, processes
from ..machine import machine
from ..machine.bochs_machine import BochsMachines
from ..machine.image import Image
from ..machine.machine import Ended, Machine, Orders
from ..machine.played import Played
from ..machine.siphash import Key
from ..machine.snapshot import Snapshots
from ..verdict import ktap
from ..verdict.judge import Verdict, judge
from ..verdict.outcome import Outcome
from ..verdict.results import TestResult
from .names import Names

Progress = Callable[[TestResult], None]


class Emulator(StrEnum):
    QEMU = "qemu"
    BOCHS = "bochs"


class Machines(Protocol):
    """Runs orders, each in a machine of its own, all of one image."""

    def run(self, hardware: Machine, orders: Orders) -> Ended:
        """How the machine ended that carried out the orders."""


@dataclass(frozen=True)
class Settings:
    seed: int = 1
    jobs: int = 1
    honour_needs: bool = True
    emulator: Emulator = Emulator.QEMU


# How often a run that the host has spoilt is tried, unless it took that long.
ATTEMPTS, AGAIN_SECONDS = 3, 60.0


class Runner:
    """Runs tests of one stage. `folder` takes each machine's files."""

    def __init__(
        self,
        stage: Stage,
        root: Path,
        folder: Path,
        settings: Settings,
        expected: Mapping[str, Played] | None = None,
    ) -> None:
        """`expected` is, by test, what a pass must have played."""
        self.stage = stage
        self.root = root
        self.folder = folder
        self.settings = settings
        self.expected = expected or {}
        self.image = Image(stage.elf)
        self.names = Names(self.image)
        self.key = Key.random()
        self._outcomes: dict[str, Future[TestResult]] = {}

    def run(self, tests: Sequence[Test], progress: Progress) -> list[TestResult]:
        """Runs `tests`; results in their order. `progress` hears of each as it ends, from any thread, one at a time."""
        lock = threading.Lock()

        def work(test: Test) -> TestResult:
            result = self._run_or_skip(test)
            with lock:
                progress(result)
            return result

        self.folder.mkdir(exist_ok=True)
        with self._make_machines() as self._machines:
            pool = ThreadPoolExecutor(self.settings.jobs)
            try:
                # A test comes after those that it needs, so a worker only ever waits for a test that has begun.
                for test in needs_first(tests):
                    self._outcomes[test.name] = pool.submit(work, test)
                return [self._outcomes[test.name].result() for test in tests]
            except KeyboardInterrupt:
                processes.end_all()
                raise
            finally:
                pool.shutdown(cancel_futures=True)

    def _make_machines(self) -> AbstractContextManager[Machines]:
        if self.settings.emulator is Emulator.BOCHS:
            stage = self.stage
            return nullcontext(
                BochsMachines(self.root, stage.iso, stage.elf, self.key, self.folder)
            )
        return Snapshots(self.key, self.folder / "machines")

    def _run_or_skip(self, test: Test) -> TestResult:
        for need in test.needs if self.settings.honour_needs else ():
            if need in self._outcomes:
                outcome = self._outcomes[need].result().outcome
                if outcome is Outcome.GRADER_ERROR:
                    return TestResult(
                        test, Verdict(outcome, f"needs {need}, which could not be run")
                    )
                # A test whose need ended with "not written" is run all the same: it then says which hole it stops at.
                if outcome not in (Outcome.PASS, Outcome.NOT_WRITTEN):
                    message = f"needs {need}, which did not pass"
                    return TestResult(test, Verdict(Outcome.SKIPPED, message))
        begin = time.monotonic()
        for left in reversed(range(ATTEMPTS)):
            result = self._try(test)
            soon = time.monotonic() - begin < AGAIN_SECONDS
            if result.outcome is not Outcome.GRADER_ERROR or not left or not soon:
                break
            if processes.stopping() or self.settings.emulator is Emulator.BOCHS:
                break
        return result

    def _try(self, test: Test) -> TestResult:
        try:
            result = self._run(test)
            # What QEMU could not write, it never says.
            trouble = disk.trouble(self.folder) if result.outcome is not Outcome.PASS else None
        except GraderError as error:
            trouble = str(error)
        except OSError as error:
            trouble = f"{error.filename or self.folder}: {error.strerror}"
        if trouble is not None:
            return TestResult(test, Verdict(Outcome.GRADER_ERROR, trouble))
        return result

    def _run(self, test: Test) -> TestResult:
        begin = time.monotonic()
        shift = 0 if self.settings.emulator is Emulator.BOCHS else machine.SHIFT
        orders = Orders((test.name,), self.settings.seed, test.limit_seconds, shift)
        hardware = Machine(self.stage.iso, test.memory_mebibytes, self.image)
        ended = self._machines.run(hardware, orders)
        said = ktap.parse(ended.results, self.key, test.name)
        judged = judge(test, said, ended, self.expected.get(test.name))
        return TestResult(test, self.names.verdict(judged), ended.console, time.monotonic() - begin)

    def source_lines(self, results: Sequence[TestResult]) -> dict[int, str]:
        """Where the calls of all backtraces are in the source. One call for all, since the symbolizer is slow to start."""
        frames = (frame for result in results for frame in result.verdict.backtrace)
        addresses = sorted({frame.address for frame in frames})
        return symbols.source_lines(self.stage.elf, addresses, self.root, self.folder / "symbols")
