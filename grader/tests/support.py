"""What several tests need: the tree, grading without a terminal, submissions made of the reference."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pollux.building.stage import Bases
from pollux.course.lab import Lab
from pollux.course.tree import Tree
from pollux.grading.grade import Request, grade
from pollux.grading.running import Emulator, Settings
from pollux.host import scratch
from pollux.report.listener import Listener
from pollux.verdict.results import LabResult

TESTS = Path(__file__).resolve().parent
TREE = Tree(TESTS.parents[1])
HOSTILE = TESTS / "hostile"


BASES = Bases()


def grade_lab(
    number: int,
    submission: Path | None,
    *,
    tree: Tree = TREE,
    honour_needs: bool = True,
    seed: int = 1,
    jobs: int = 1,
    own_layers: bool = False,
    audited: bool = True,
    tests: tuple[str, ...] = (),
    emulator: Emulator = Emulator.QEMU,
    seeing: bool = False,
) -> LabResult:
    """Grades one lab, or these tests of it, without a word."""
    settings = Settings(seed, jobs, honour_needs, emulator)
    with scratch.folder() as folder:
        request = Request(
            tree,
            folder,
            (number,),
            tests,
            submission=submission,
            own_layers=own_layers,
            audited=audited,
            settings=settings,
            bases=BASES,
            seeing=seeing,
        )
        return grade(request, Listener())[0]


def reference(lab: Lab, name: str) -> str:
    return (TREE.root / lab.folder / name).read_text()


def toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


def hostile_names() -> Iterator[str]:
    return (path.stem for path in sorted(HOSTILE.glob("*.cpp")))


def hostile_heap(name: str) -> str:
    """The reference heap, made to strike where trigger.toml says."""
    trigger = toml(HOSTILE / "trigger.toml")
    heap = reference(TREE.lab(1), "heap.cpp")
    assert heap.count(trigger["function"]) == 1, "trigger.toml names no function of the reference"
    strike = f"{trigger['function']}\n    if ({trigger['condition']})\n        hostile::strike();"
    body = heap.replace(trigger["function"], strike)
    return f"{(HOSTILE / name).with_suffix('.cpp').read_text()}\n{body}"
