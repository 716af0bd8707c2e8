"""grader/mutants: prints the kill table."""

import argparse
import os
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from ..course.tree import Tree
from ..errors import GraderError
from ..host import scratch
from . import made, mutants
from .made import End, Fate
from .mutants import Trial


class _Table:
    """Prints each mutant when it is done, and the sum at the end."""

    def __init__(self, console: Console, total: int) -> None:
        self.console = console
        self.total = total
        self.done = 0

    def add(self, trial: Trial) -> None:
        self.done += 1
        mutant = trial.mutant
        word = "[green]killed  [/green]" if trial.killed else "[red]SURVIVES[/red]"
        self._print(
            f"[dim]{self.done:>3}/{self.total}[/dim] {word} {mutant.lab.number} {mutant.name}"
        )
        self._print(f"        [dim]{escape(mutant.description)}[/dim]")
        self._print(f"        by {len(trial.failed)}: {', '.join(trial.failed) or 'no test'}")
        for complaint in trial.complaints:
            self._print(f"        [red]{escape(complaint)}[/red]")

    def _print(self, text: str) -> None:
        self.console.print(text, highlight=False, soft_wrap=True)

    def close(self, trials: Sequence[Trial]) -> None:
        killed = sum(trial.killed for trial in trials)
        self._print(f"{killed} passed, {len(trials) - killed} failed")


class _MadeTable:
    """Prints each survivor when it is known, and the sums at the end."""

    def __init__(self, console: Console, total: int) -> None:
        self.console = console
        self.total = total
        self.ends: list[End] = []

    def add(self, end: End) -> None:
        self.ends.append(end)
        words = {Fate.SURVIVES: "[red]SURVIVES[/red]", Fate.EQUAL: "equal   "}
        if (word := words.get(end.fate)) is None:
            return
        before, after = (escape(text) for text in end.made.key[2:])
        self._print(f"[dim]{len(self.ends):>3}/{self.total}[/dim] {word} {end.made.place}")
        self._print(f"        {end.made.operator}: {before}")
        self._print(f"        becomes: {after or 'nothing'}")
        if end.by:
            self._print(f"        [dim]{escape(end.by)}[/dim]")

    def close(self) -> int:
        """How many survive that nobody has explained."""
        count = {fate: sum(end.fate is fate for end in self.ends) for fate in Fate}
        self._print(
            f"{len(self.ends)} made, {count[Fate.STILLBORN]} do not compile, {count[Fate.KILLED]} killed, "
            f"{count[Fate.EQUAL]} equal, {count[Fate.SURVIVES]} unexplained"
        )
        return count[Fate.SURVIVES]

    def _print(self, text: str) -> None:
        self.console.print(text, highlight=False, soft_wrap=True)


def _try_made(lab: int | None, sample: int | None, jobs: int) -> int:
    tree = Tree.own()
    chosen = []
    for each in tree.labs:
        if lab in (None, each.number):
            of_lab = made.make(tree, each)
            chosen += of_lab[:: max(1, -(-len(of_lab) // sample))] if sample else of_lab
    table = _MadeTable(Console(), len(chosen))
    with scratch.folder() as folder:
        made.try_all(chosen, tree, folder, jobs, table.add)
    return 1 if table.close() else 0


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="mutants", description="Try every known mistake against the tests that must catch it."
    )
    parser.add_argument("name", nargs="*", help="only these mutants")
    parser.add_argument("--lab", type=int, metavar="N", help="only this lab's")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument(
        "--made", action="store_true", help="those that a machine makes of the reference, instead"
    )
    parser.add_argument("--sample", type=int, metavar="N", help="of those about N of each lab")
    arguments = parser.parse_args()
    if arguments.made:
        return _try_made(arguments.lab, arguments.sample, max(1, arguments.jobs))
    tree = Tree.own()
    chosen = mutants.load(tree)
    if not chosen:
        raise GraderError("there are no mutants here: they stay in the instructor's tree")
    for name in arguments.name:
        if name not in {mutant.name for mutant in chosen}:
            raise GraderError(f"there is no mutant {name!r}")
    chosen = [
        mutant
        for mutant in chosen
        if (not arguments.name or mutant.name in arguments.name)
        and arguments.lab in (None, mutant.lab.number)
    ]
    table = _Table(Console(), len(chosen))
    with scratch.folder() as folder:
        trials = mutants.try_all(
            chosen, tree, folder, max(1, arguments.jobs), arguments.seed, table.add
        )
    table.close(trials)
    return 0 if all(trial.killed for trial in trials) else 1
