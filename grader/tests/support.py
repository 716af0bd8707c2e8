"""What several tests need: the tree, grading without a terminal, submissions made of the reference."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pollux import scratch
from pollux.grading import Listener, Request, grade
from pollux.results import LabResult
from pollux.running import Settings
from pollux.stage import Bases
from pollux.tree import Tree

TESTS = Path(__file__).resolve().parent
TREE = Tree(TESTS.parents[1])
HOSTILE = TESTS / "hostile"


BASES = Bases()


def grade_lab(
    number: int, submission: Path | None, *, tree: Tree = TREE, **options: Any
) -> LabResult:
    """Grades one lab; `options` are of `Request`, `honour_needs` is of its settings."""
    settings = Settings(jobs=1, honour_needs=options.pop("honour_needs", True))
    with scratch.folder() as folder:
        request = Request(
            tree, folder, (number,), submission=submission, settings=settings, **options
        )
        return grade(request, Listener())[0]


def reference_heap() -> str:
    return (TREE.root / "labs/1-heap/heap.cpp").read_text()


def toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


def hostile_names() -> Iterator[str]:
    return (path.stem for path in sorted(HOSTILE.glob("*.cpp")))


def hostile_heap(name: str) -> str:
    """The reference heap, made to strike where trigger.toml says."""
    trigger = toml(HOSTILE / "trigger.toml")
    reference = reference_heap()
    assert (
        reference.count(trigger["function"]) == 1
    ), "trigger.toml names no function of the reference"
    strike = f"{trigger['function']}\n    if ({trigger['condition']})\n        hostile::strike();"
    body = reference.replace(trigger["function"], strike)
    return f"{(HOSTILE / name).with_suffix('.cpp').read_text()}\n{body}"
