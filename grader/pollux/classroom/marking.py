"""Grades submissions side by side. What is in the cache is taken from there; what the grader could not do is tried again."""

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from ..building.stage import Bases
from ..course.lab import Lab
from ..errors import GraderError
from ..grading.grade import Request, grade
from ..grading.running import Settings
from ..handin import submission
from ..handin.submission import Handin
from ..host import processes
from ..report.listener import Listener
from ..roster.submissions import Submission
from ..verdict.outcome import Outcome
from ..verdict.results import LabResult, of_all
from .cache import Basis, Cache

# How often a submission is tried before its grader error is believed.
ATTEMPTS = 3
# What is kept of one test's console.
CONSOLE = 32 << 10


@dataclass(frozen=True)
class Taken:
    """A submission, read: what counts of it, and the name of each lab's result."""

    submission: Submission
    handin: Handin
    keys: dict[int, str]
    refused: str = ""  # why nothing in it can be used
    error: str = ""  # why we could not read it, which is not the student's doing


@dataclass(frozen=True)
class Marked:
    """A submission, graded. `results` has those labs that it was graded in."""

    taken: Taken
    results: tuple[LabResult, ...]
    cached: bool = False

    @property
    def name(self) -> str:
        return self.taken.submission.name

    def has(self, lab: Lab) -> bool:
        """Whether anything of the lab was handed in."""
        return self.taken.handin.has(lab) or bool(self.taken.error)

    def word(self, result: LabResult) -> Outcome:
        """The outcome of a lab, by the one name that it has everywhere."""
        return result.outcome if self.has(result.lab) else Outcome.NOT_HANDED_IN

    @property
    def shown(self) -> tuple[LabResult, ...]:
        """The labs to tell the student of: those that something was handed in of; if of none, all."""
        return tuple(result for result in self.results if self.has(result.lab)) or self.results

    @property
    def failed(self) -> bool:
        """Whether the grader could not do its work."""
        return any(result.outcome is Outcome.GRADER_ERROR for result in self.results)

    @property
    def seconds(self) -> float:
        return sum(result.seconds for result in self.results)


def take_all(
    found: Sequence[Submission], basis: Basis, wanted: Sequence[int], jobs: int
) -> list[Taken]:
    """Reads all that was handed in, side by side; in its order."""
    basis.fingerprint  # made once, before all ask for it
    pool = ThreadPoolExecutor(jobs)
    try:
        return list(pool.map(lambda one: take(one, basis, wanted), found))
    except KeyboardInterrupt:
        processes.end_all()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def take(one: Submission, basis: Basis, wanted: Sequence[int] = ()) -> Taken:
    """Reads what was handed in, which fails for nobody else, whatever it is. What we may not or cannot read is the
    grader's trouble, and said as such."""
    if one.path is None:
        return Taken(one, Handin(), {}, "nothing was handed in")
    try:
        handin = submission.take(one.given, basis.tree.labs, wanted)
    except GraderError as error:
        return Taken(one, Handin(), {}, error=str(error))
    except Exception as error:  # our own bug: this submission's grader error, and nobody else's
        return Taken(one, Handin(), {}, error=f"a bug in the grader itself: {error!r}")
    keys = {lab.number: basis.key(handin, lab) for lab in basis.tree.labs}
    problems = set(handin.problems.values())
    whole = len(handin.problems) == len(basis.tree.labs) and len(problems) == 1
    return Taken(one, handin, keys, problems.pop() if whole else "")


def settle(taken: Sequence[Taken], basis: Basis, labs: Sequence[Lab]) -> list[Taken]:
    """Now that it is known which labs are graded: a submission that has nothing of any lab is looked through for a
    source of another name, and is something else than none."""
    return [_settled(one, basis, labs) for one in taken]


def _settled(one: Taken, basis: Basis, labs: Sequence[Lab]) -> Taken:
    handin = one.handin
    if handin.files or handin.problems or one.error or one.submission.path is None:
        return one
    again = take(one.submission, basis, [lab.number for lab in labs])
    if again.error or again.handin.files or again.handin.problems:
        return again
    problems = {lab.number: again.handin.missing(lab) for lab in labs}
    handin = replace(again.handin, problems=problems)
    keys = again.keys | {lab.number: basis.key(handin, lab) for lab in labs}
    return replace(again, handin=handin, keys=keys, refused=problems[labs[0].number])


def labs_of(taken: Sequence[Taken], basis: Basis, wanted: Sequence[int]) -> list[Lab]:
    """The labs to grade: those asked for, else those that anybody handed in something of."""
    if wanted:
        return [basis.tree.lab(number) for number in sorted(set(wanted))]
    labs = [lab for lab in basis.tree.labs if any(lab.number in one.handin.files for one in taken)]
    if not labs:
        raise GraderError("nobody handed in a file of any lab; name the labs with --lab")
    return labs


class Interrupted(Exception):
    """The grader is about to leave; nobody waits for the result."""


class Marker:
    """Grades what is not in the cache yet."""

    def __init__(self, basis: Basis, cache: Cache, labs: Sequence[Lab], scratch: Path) -> None:
        self.basis = basis
        self.cache = cache
        self.labs = tuple(labs)
        self.scratch = scratch
        self._bases = Bases()
        self._busy: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Builds what all submissions are laid over, once."""
        for lab in self.labs:
            log = self.scratch / f"base-{lab.number}"
            self._bases.ensure(self.basis.tree, lab, log, lambda: None)

    def known(self, taken: Taken) -> Marked | None:
        """What the cache has of a submission, if it has all of it."""
        results = []
        for lab in self.labs:
            result = self._untaken(taken, lab) or self.cache.get(taken.keys[lab.number])
            if result is None:
                return None
            results.append(result)
        return Marked(taken, tuple(results), cached=True)

    def _untaken(self, taken: Taken, lab: Lab) -> LabResult | None:
        """The result of what was not handed in, or could not be read."""
        if taken.error:
            return of_all(lab, Outcome.GRADER_ERROR, taken.error)
        if taken.submission.path is None:
            return of_all(lab, Outcome.NOT_HANDED_IN, taken.refused)
        return None

    def mark_all(
        self, taken: Sequence[Taken], jobs: int, progress: Callable[[Marked], None]
    ) -> Iterator[Marked]:
        """Grades them side by side; each as it is done. `progress` is called from this thread."""
        pool = ThreadPoolExecutor(jobs)
        try:
            futures = [pool.submit(self.mark, one) for one in taken]
            for future in as_completed(futures):
                marked = future.result()
                progress(marked)
                yield marked
        except KeyboardInterrupt:
            processes.end_all()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def mark(self, taken: Taken) -> Marked:
        """Grades one submission, lab by lab, each result into the cache as it is there."""
        return Marked(taken, tuple(self._mark_lab(taken, lab) for lab in self.labs))

    def _mark_lab(self, taken: Taken, lab: Lab) -> LabResult:
        untaken = self._untaken(taken, lab)
        if untaken is not None:
            return untaken
        key = taken.keys[lab.number]
        with self._lock:
            busy = self._busy.setdefault(key, threading.Lock())
        with busy:  # two who handed in the same: the second finds it in the cache
            result = self.cache.get(key)
            if result is None:
                result = self._grade(taken, lab, key)
                if processes.stopping():
                    raise Interrupted  # programs were ended under it: the result says nothing
                if result.outcome is not Outcome.GRADER_ERROR:
                    self.cache.put(key, result)
            return result

    def _grade(self, taken: Taken, lab: Lab, key: str) -> LabResult:
        for attempt in range(1, ATTEMPTS + 1):
            folder = self.scratch / f"{key}-{attempt}"
            try:
                result = self._try(taken, lab, folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            if result.outcome is not Outcome.GRADER_ERROR or processes.stopping():
                break
        return result

    def _try(self, taken: Taken, lab: Lab, folder: Path) -> LabResult:
        request = Request(
            self.basis.tree,
            folder,
            (lab.number,),
            submission=taken.submission.path,  # only named: `handin` is what was taken of it
            handin=taken.handin,
            own_layers=self.basis.own_layers,
            settings=Settings(self.basis.seed),
            bases=self._bases,
            seeing=True,
        )
        try:
            return _trimmed(grade(request, Listener())[0])
        except GraderError as error:
            return of_all(lab, Outcome.GRADER_ERROR, str(error))
        except (
            Exception
        ) as error:  # our own bug: this submission's grader error, not the end of the night
            return of_all(lab, Outcome.GRADER_ERROR, f"a bug in the grader itself: {error!r}")


def _trimmed(result: LabResult) -> LabResult:
    tests = (replace(test, console=_short(test.console)) for test in result.tests)
    return replace(result, tests=tuple(tests))


def _short(console: str) -> str:
    left_out = len(console) - CONSOLE
    if left_out <= 0:
        return console
    half = CONSOLE // 2
    return f"{console[:half]}\n… {left_out} characters left out …\n{console[-half:]}"
