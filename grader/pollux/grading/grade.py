"""Grades labs: takes what was handed in, builds each stage, runs its tests."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..building.stage import Bases, BuildError, Stage, build_handin, build_own
from ..course.lab import Lab, Test
from ..course.tree import Tree
from ..errors import GraderError, HostTrouble
from ..handin.submission import Handin, Named, take
from ..host import processes
from ..report.listener import Listener
from ..verdict.outcome import Outcome
from ..verdict.results import LabResult, TestResult, of_all
from .reference import plays
from .running import Runner, Settings
from .seeing import see_failed

# How often a build, and a run, that the host has spoilt is tried.
ATTEMPTS = 3


@dataclass(frozen=True)
class Request:
    """What to grade, and in which folder. Without `labs`: all labs, or those that the submission holds files of.
    `handin` is the submission when it has been read before."""

    tree: Tree
    scratch: Path
    labs: tuple[int, ...] = ()
    tests: tuple[str, ...] = ()
    submission: Path | None = None
    beside: tuple[Path, ...] = ()  # more files of the same submission
    own_layers: bool = False
    settings: Settings = field(default_factory=Settings)
    bases: Bases = field(default_factory=Bases)
    handin: Handin | None = None
    audited: bool = True  # False in tests of what holds behind the audit
    seeing: bool = False  # what failed runs once more, traced, to be drawn

    @property
    def given(self) -> list[Named]:
        """All that was handed in."""
        paths = (self.submission, *self.beside) if self.submission else ()
        return [Named(path) for path in paths]


def grade(request: Request, listener: Listener) -> list[LabResult]:
    """Grades all that was asked for, lab by lab."""
    handin = request.handin
    if handin is None and request.submission is not None:
        handin = take(request.given, request.tree.labs, request.labs)
        listener.taken(handin.remarks)
    results = []
    for lab in _chosen_labs(request, handin):
        begin = time.monotonic()
        result = _grade_lab(request, lab, handin, listener)
        result = replace(result, seconds=time.monotonic() - begin)
        listener.graded(result)
        results.append(result)
    return results


def _chosen_labs(request: Request, handin: Handin | None) -> list[Lab]:
    labs = [request.tree.lab(number) for number in sorted(set(request.labs))] or [
        lab
        for lab in request.tree.labs
        if (handin is None or handin.has(lab)) and _chosen_tests(request, lab)
    ]
    if not labs and not request.tests:
        names = ", ".join(f"{lab.folder}/{lab.files[0]}" for lab in request.tree.labs)
        raise GraderError(f"{request.submission} holds no file of any lab ({names})")
    for name in request.tests:
        if not any(lab.test(name) for lab in labs):
            raise GraderError(f"there is no test {name!r} in {_names(labs or request.tree.labs)}")
    return labs


def _names(labs: Sequence[Lab]) -> str:
    return ", ".join(f"lab {lab.number}" for lab in labs)


def _chosen_tests(request: Request, lab: Lab) -> tuple[Test, ...]:
    if not request.tests:
        return lab.tests
    return tuple(test for test in lab.tests if test.name in request.tests)


def _grade_lab(request: Request, lab: Lab, handin: Handin | None, listener: Listener) -> LabResult:
    listener.building(lab)
    chosen = replace(lab, tests=_chosen_tests(request, lab))
    folder = request.scratch / f"lab-{lab.number}"
    layers = [lab]
    if handin is not None:
        if request.own_layers:
            layers = [layer for layer in request.tree.labs if layer.number <= lab.number]
        for layer in layers:
            if layer.number in handin.problems:
                return of_all(chosen, Outcome.BUILD_ERROR, handin.problems[layer.number])
            if layer.number not in handin.files:
                return of_all(chosen, Outcome.NOT_HANDED_IN, handin.missing(layer))
    stage = _build(request, lab, handin, layers, folder, listener.tick)
    if isinstance(stage, BuildError):
        outcome = Outcome.REFUSED if stage.refused else Outcome.BUILD_ERROR
        return of_all(chosen, outcome, stage.message, stage.output)
    expected = {}
    if handin is not None:
        expected = plays(request.tree, lab, chosen.tests, request.settings, folder / "reference")
    runner = Runner(stage, request.tree.root, folder / "tests", request.settings, expected)
    listener.running(lab, chosen.tests)
    tests = runner.run(chosen.tests, listener.tested)
    lines = runner.source_lines(tests)
    if request.seeing:

        def build_traced() -> Stage | BuildError:
            return _build(request, lab, handin, layers, folder, listener.tick, traced=True)

        listener.building(lab)
        tests = see_failed(
            lab, tests, build_traced, request.tree.root, folder, request.settings.seed
        )
    return LabResult(chosen, tuple(tests), warnings=stage.warnings, source_lines=lines)


def _build(
    request: Request,
    lab: Lab,
    handin: Handin | None,
    layers: Sequence[Lab],
    folder: Path,
    tick: Callable[[], None],
    *,
    traced: bool = False,
) -> Stage | BuildError:
    """The stage with the layers that were handed in; without a submission, the tree's own. Traced: once more, of what
    the audit has passed. What the host has done to it is tried again."""
    for left in reversed(range(1 if traced else ATTEMPTS)):
        try:
            if not traced:
                folder.mkdir(parents=True)
            return _build_in(request, lab, handin, layers, folder, tick, traced=traced)
        except (HostTrouble, OSError) as error:
            trouble = error if isinstance(error, HostTrouble) else _of_disk(error, folder)
            if not left or not trouble.again or processes.stopping():
                raise trouble from error
            shutil.rmtree(folder, ignore_errors=True)
    raise AssertionError("the last attempt returns or raises")


def _of_disk(error: OSError, folder: Path) -> HostTrouble:
    return HostTrouble(f"{error.filename or folder} cannot be written: {error.strerror}")


def _build_in(
    request: Request,
    lab: Lab,
    handin: Handin | None,
    layers: Sequence[Lab],
    folder: Path,
    tick: Callable[[], None],
    *,
    traced: bool,
) -> Stage | BuildError:
    audited = request.audited and not traced
    if handin is None:
        own = folder / ("own-traced" if traced else "own")
        return build_own(request.tree, lab, own, tick, audited=audited, traced=traced)
    request.bases.ensure(request.tree, lab, folder / "base", tick, traced=traced)
    if not traced:
        handin.write(layers, folder / "handin")
    return build_handin(request.tree, lab, layers, folder, tick, audited=audited, traced=traced)
