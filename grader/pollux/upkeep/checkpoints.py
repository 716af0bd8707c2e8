"""grader/checkpoints: the scores that a handout promises along the way, and what a student has written by then.

A handout says `**Checkpoint 2: 41/100**`; grader/tests/checkpoints/N-name.toml says what is written by then: the holes
that are filled as in the reference (or as in the folder `from`), and a patch where a step stops half-way.
"""

import argparse
import os
import re
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from ..building.stage import Bases
from ..course.lab import Lab
from ..course.marks import find_holes, starter
from ..course.tree import Tree
from ..errors import GraderError
from ..grading.grade import Request, grade
from ..grading.running import Settings
from ..host import scratch
from ..report.listener import Listener
from ..verdict.outcome import Outcome
from ..verdict.results import LabResult
from ..verdict.score import plain
from . import patches

FOLDER = Path("grader/tests/checkpoints")
PROMISE = re.compile(r"\*\*Checkpoint (?P<number>\d+): (?P<score>\d+(?:\.\d)?)/(?P<most>\d+)\*\*")


@dataclass(frozen=True)
class Checkpoint:
    """What is written at one checkpoint. `source` is the folder with the lab's files; `holes` None: all of them."""

    lab: Lab
    number: int
    source: Path
    holes: tuple[str, ...] | None
    patch: Path | None


@dataclass(frozen=True)
class Promise:
    """What a handout says."""

    number: int
    score: float
    most: float
    line: int


def page(lab: Lab) -> Path:
    """The lab's handout, relative to the tree."""
    return Path("handouts", f"lab-{lab.number}-{lab.name}.md")


def promises(text: str) -> list[Promise]:
    return [
        Promise(int(match["number"]), float(match["score"]), float(match["most"]), number)
        for number, line in enumerate(text.split("\n"), 1)
        for match in PROMISE.finditer(line)
    ]


def load(tree: Tree, lab: Lab) -> list[Checkpoint]:
    """The checkpoints of a lab, none when it has no list of them."""
    path = FOLDER / f"{lab.number}-{lab.name}.toml"
    if not (tree.root / path).is_file():
        return []
    try:
        entries = tomllib.loads((tree.root / path).read_text())["checkpoint"]
        found = [_load(tree, lab, number, dict(entry)) for number, entry in enumerate(entries, 1)]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise GraderError(f"{path}: {error!r}") from error
    return found


def _load(tree: Tree, lab: Lab, number: int, entry: dict[str, object]) -> Checkpoint:
    source = Path(str(entry.pop("from", lab.folder)))
    holes = entry.pop("holes", None)
    patch = entry.pop("patch", None)
    if entry:
        raise ValueError(f"unknown key `{min(entry)}`")
    if holes is not None:
        if not isinstance(holes, list):
            raise ValueError("`holes` must be a list")
        known = {
            hole.function
            for name in _files(tree, lab, source)
            for hole in find_holes((tree.root / source / name).read_text(), lab.number, name)
        }
        unknown = sorted(set(holes) - known)
        if unknown:
            raise ValueError(f"{source} has no hole {unknown[0]!r}")
    return Checkpoint(
        lab,
        number,
        source,
        None if holes is None else tuple(holes),
        None if patch is None else FOLDER / str(patch),
    )


def _files(tree: Tree, lab: Lab, source: Path) -> list[str]:
    return [name for name in lab.files if (tree.root / source / name).is_file()]


def write(tree: Tree, checkpoint: Checkpoint, folder: Path) -> None:
    """Writes what a student has at the checkpoint, as a submission."""
    lab = checkpoint.lab
    target = folder / lab.folder
    target.mkdir(parents=True)
    for name in lab.files:
        source = tree.root / checkpoint.source / name
        if not source.is_file():
            source = tree.root / lab.folder / name
        shutil.copy(source, target / name)
    if checkpoint.patch is not None:
        patches.apply(tree.root / checkpoint.patch, folder)
    if checkpoint.holes is not None:
        for name in lab.files:
            text = (target / name).read_text()
            (target / name).write_text(starter(text, lab.number, name, checkpoint.holes))


def score(tree: Tree, checkpoint: Checkpoint, work: Path, bases: Bases, jobs: int) -> LabResult:
    """Grades what a student has at the checkpoint."""
    folder = work / f"{checkpoint.lab.number}-{checkpoint.number}"
    write(tree, checkpoint, folder / "submission")
    request = Request(
        tree,
        folder,
        (checkpoint.lab.number,),
        submission=folder / "submission",
        settings=Settings(jobs=jobs),
        bases=bases,
    )
    result = grade(request, Listener())[0]
    if result.outcome in (Outcome.GRADER_ERROR, Outcome.BUILD_ERROR):
        raise GraderError(f"lab {checkpoint.lab.number}: {result.message or result.outcome}")
    return result


def _promised(tree: Tree, checkpoint: Checkpoint) -> Promise | None:
    path = tree.root / page(checkpoint.lab)
    text = path.read_text() if path.is_file() else ""
    found = {promise.number: promise for promise in promises(text)}
    return found.get(checkpoint.number)


def _is_true(promise: Promise | None, result: LabResult) -> bool:
    return promise is not None and (promise.score, promise.most) == (result.score, result.max_score)


def _show_tests(result: LabResult) -> None:
    for test in result.tests:
        if test.outcome is not Outcome.PASS:
            print(f"      {test.outcome.value:12} {test.test.name}: {test.verdict.message}")


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="checkpoints",
        description="Grade what a student has written at each checkpoint of a handout, and compare the score with "
        "what the handout says.",
    )
    parser.add_argument("--lab", type=int, action="append", default=[], metavar="N")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("-v", "--verbose", action="store_true", help="name the tests that fail")
    arguments = parser.parse_args()
    tree = Tree.own()
    labs = [tree.lab(number) for number in arguments.lab] or list(tree.labs)
    found = [checkpoint for lab in labs for checkpoint in load(tree, lab)]
    if not found:
        raise GraderError("there are no checkpoints here: they stay in the instructor's tree")
    bases = Bases()
    wrong = 0
    with scratch.folder() as folder:
        for checkpoint in found:
            result = score(tree, checkpoint, folder, bases, max(1, arguments.jobs))
            promise = _promised(tree, checkpoint)
            good = _is_true(promise, result)
            wrong += not good
            said = plain(promise.score) if promise else "nothing"
            print(
                f"  {'ok  ' if good else 'FALSE'} lab {checkpoint.lab.number}, checkpoint {checkpoint.number}: "
                f"{plain(result.score)}/{plain(result.max_score)}, the handout says {said}",
                flush=True,
            )
            if arguments.verbose:
                _show_tests(result)
    print(f"{len(found) - wrong} passed, {wrong} failed")
    return 1 if wrong else 0
