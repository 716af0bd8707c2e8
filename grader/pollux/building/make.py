"""The tree's own Makefile, as the grader calls it."""

import os
from pathlib import Path

from ..course.tree import Tree
from ..errors import GraderError
from ..host import processes

SECONDS = 900.0


def command(*words: str) -> list[str]:
    """The command that makes it, with all processors."""
    return ["make", "--no-print-directory", f"-j{os.cpu_count() or 1}", *words]


def make(tree: Tree, log: Path, *words: str) -> None:
    """Makes targets that hold no student's source, so they must build: GraderError when they do not."""
    made = processes.run(command(*words), log, seconds=SECONDS, cwd=tree.root)
    if made.status != 0:
        raise GraderError(f"`make {' '.join(words)}` does not work:\n{made.output.strip()}")
