"""Mutants: full submissions with one mistake each, and the tests that must fail for it. They keep the tests honest."""

import shutil
import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from ..building.stage import Bases
from ..course.lab import Lab
from ..course.tree import Tree
from ..errors import GraderError
from ..grading.grade import Request, grade
from ..grading.running import Settings
from ..host import processes
from ..report.listener import Listener
from ..verdict.outcome import Outcome
from ..verdict.results import LabResult
from . import patches

FOLDER = Path("grader/tests/mutants")


@dataclass(frozen=True)
class Mutant:
    """One mistake. `must_fail`: the tests that must fail, and with which outcome; None for any, where the mistake
    overwrites memory. A test that is neither there nor in `may_fail` must pass."""

    lab: Lab
    name: str
    patch: Path
    description: str
    must_fail: dict[str, Outcome | None]
    may_fail: tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """What the tests said of a mutant. It is `killed` when there is no complaint."""

    mutant: Mutant
    failed: tuple[str, ...]
    complaints: tuple[str, ...]

    @property
    def killed(self) -> bool:
        return not self.complaints


def load(tree: Tree) -> list[Mutant]:
    """All mutants of all labs."""
    found = []
    for lab in tree.labs:
        folder = tree.root / FOLDER / Path(lab.folder).name
        found += [_load(lab, path) for path in sorted(folder.glob("*.toml"))]
    return found


def _load(lab: Lab, path: Path) -> Mutant:
    where = f"{FOLDER}/{path.parent.name}/{path.name}"
    try:
        values = tomllib.loads(path.read_text())
        mutant = Mutant(
            lab,
            path.stem,
            path.with_suffix(".patch"),
            values.pop("description"),
            _outcomes(values.pop("must_fail"), values.pop("outcome")),
            tuple(values.pop("may_fail", ())),
        )
    except (tomllib.TOMLDecodeError, KeyError, ValueError, TypeError) as error:
        raise GraderError(f"{where}: {error!r}") from error
    if values:
        raise GraderError(f"{where}: unknown key `{min(values)}`")
    if not mutant.must_fail or not mutant.patch.is_file():
        raise GraderError(f"{where}: a mutant has a .patch and at least one test that must fail")
    for name in (*mutant.must_fail, *mutant.may_fail):
        if lab.test(name) is None:
            raise GraderError(f"{where}: there is no test {name!r}")
    return mutant


def _outcomes(names: list[str], outcome: str | dict[str, str]) -> dict[str, Outcome | None]:
    """One outcome for all of `names`, or a table with one for each. `any` stands for every outcome but a pass."""
    words = {name: outcome for name in names} if isinstance(outcome, str) else outcome
    if set(words) != set(names):
        raise ValueError("`outcome` and `must_fail` name different tests")
    return {name: None if words[name] == "any" else Outcome(words[name]) for name in names}


def apply(mutant: Mutant, tree: Tree, folder: Path) -> None:
    """Writes the mutant as a submission to `folder`."""
    target = folder / mutant.lab.folder
    target.mkdir(parents=True)
    for name in mutant.lab.files:
        shutil.copy(tree.root / mutant.lab.folder / name, target)
    patches.apply(mutant.patch, folder)


def judge(mutant: Mutant, result: LabResult) -> Trial:
    """Compares the outcomes with those that the mutant must have."""
    outcomes = {test.test.name: test.outcome for test in result.tests}
    failed = tuple(name for name, outcome in outcomes.items() if outcome is not Outcome.PASS)
    complaints = [
        f"{name}: {outcomes[name]}, not {expected or 'a failure'}"
        for name, expected in mutant.must_fail.items()
        if outcomes[name] is Outcome.PASS
        or (expected is not None and outcomes[name] is not expected)
    ]
    allowed = {*mutant.must_fail, *mutant.may_fail}
    complaints += [f"{name}: {outcomes[name]}, not pass" for name in failed if name not in allowed]
    if result.message:
        complaints.insert(0, result.message)
    return Trial(mutant, failed, tuple(complaints))


def try_one(mutant: Mutant, tree: Tree, scratch: Path, bases: Bases, seed: int = 1) -> Trial:
    """Grades the mutant. Every test is run, even when a test that it needs has failed."""
    folder = scratch / mutant.name
    apply(mutant, tree, folder / "submission")
    settings = Settings(seed=seed, jobs=1, honour_needs=False)
    request = Request(
        tree,
        folder,
        (mutant.lab.number,),
        submission=folder / "submission",
        settings=settings,
        bases=bases,
    )
    trial = judge(mutant, grade(request, Listener())[0])
    shutil.rmtree(folder)
    return trial


def try_all(
    mutants: Sequence[Mutant],
    tree: Tree,
    scratch: Path,
    jobs: int,
    seed: int,
    progress: Callable[[Trial], None],
) -> list[Trial]:
    """Tries the mutants side by side."""
    bases = Bases()
    pool = ThreadPoolExecutor(jobs)
    try:
        futures = [pool.submit(try_one, mutant, tree, scratch, bases, seed) for mutant in mutants]
        for future in as_completed(futures):
            progress(future.result())
        return [future.result() for future in futures]
    except KeyboardInterrupt:
        processes.end_all()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
