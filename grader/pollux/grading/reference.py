"""What the reference's own run evaluates in each test: what a pass has to be held against. Run once for each stage and
seed, and kept in build/."""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ..building.stage import Stage
from ..course.lab import Lab, Test
from ..course.tree import Tree
from ..machine.played import Played
from ..verdict.outcome import Outcome
from .running import Emulator, Runner, Settings

FOLDER = "plays"


def plays(
    tree: Tree, lab: Lab, tests: Sequence[Test], settings: Settings, scratch: Path
) -> dict[str, Played]:
    """By test; none for a test that the tree's own layers do not pass, as in a student's tree. The tree must be built."""
    kept = tree.root / "build" / FOLDER / f"{lab.number}-{settings.seed}.json"
    kept.parent.mkdir(exist_ok=True)
    with _alone(kept.with_suffix(".lock")):
        stage = tree.root / "build" / f"stage-{lab.number}.elf"
        image = hashlib.sha256(stage.read_bytes()).hexdigest()
        known = _load(kept, image)
        missing = [replace(test, needs=()) for test in tests if test.name not in known]
        if missing:
            known |= _run(stage, lab, missing, settings, tree.root, scratch)
            new = kept.with_suffix(".new")
            new.write_text(json.dumps({"image": image, "plays": known}))
            new.replace(kept)
    return {name: played for name, played in known.items() if played is not None}


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _load(kept: Path, image: str) -> dict[str, Played | None]:
    try:
        document = json.loads(kept.read_text())
        if document["image"] != image:
            return {}
        known: dict[str, Played | None] = document["plays"]
        return known
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _run(
    stage: Path, lab: Lab, tests: Sequence[Test], settings: Settings, root: Path, scratch: Path
) -> dict[str, Played | None]:
    scratch.mkdir(parents=True)
    iso, elf = (Path(shutil.copy2(stage.with_suffix(end), scratch)) for end in (".iso", ".elf"))
    ours = Settings(settings.seed, settings.jobs, honour_needs=False, emulator=Emulator.QEMU)
    runner = Runner(Stage(lab, iso, elf), root, scratch / "tests", ours)
    results = runner.run(tests, lambda result: None)
    return {
        result.test.name: result.verdict.played if result.outcome is Outcome.PASS else None
        for result in results
        if result.outcome is not Outcome.GRADER_ERROR
    }
