"""grader/coverage: which lines and branches of the reference's layers the tests reach."""

import argparse
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from ..course.tree import Tree
from ..host import scratch
from . import coverage
from .coverage import Reached

# What runs on the host as it is; a process needs ring 3.
HOSTED = (1, 2, 3, 4)


def _share(reached: int, count: int) -> str:
    return f"{reached} of {count}" if count else "none"


def _rows(shown: Table, lab: int, where: str, found: Sequence[Reached]) -> None:
    for one in found:
        lines = _share(one.lines_reached, one.lines)
        shown.add_row(
            str(lab), one.source, where, lines, _share(one.branches_reached, one.branches)
        )


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="coverage",
        description="Lines and branches of the reference's layers that the tests reach, in the kernel and on the host.",
    )
    parser.add_argument("--lab", type=int, action="append", metavar="N", help="only this lab")
    arguments = parser.parse_args()
    tree = Tree.own()
    labs = [tree.lab(number) for number in arguments.lab] if arguments.lab else tree.labs
    shown = Table("lab", "source", "tests", "lines", "branches", title="What the tests reach")
    with scratch.folder() as folder:
        for lab in labs:
            _rows(shown, lab.number, "kernel", coverage.of_kernel(tree, lab, folder, print))
            if lab.number in HOSTED:
                _rows(shown, lab.number, "host", coverage.of_host(tree, lab, folder))
    Console().print(shown)
    return 0
