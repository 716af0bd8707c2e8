"""grader/transcripts: the commands that the handouts show are run, and what they print is compared.

A block of code marked `console` is a session in a student's tree that was written just before: a line that begins with
`$ ` is a command, what follows is all that it prints. `…` in a line stands for any text, a line of `…` alone for any
number of lines; empty lines do not count. The sessions of a page follow one another in one tree; every page has its own.
In a block with the prompt of a debugger or of the kernel's shell one talks to a program: grader/tests/debug/test_walks.py does.
"""

import argparse
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..course import student
from ..course.student import is_private
from ..course.tree import Tree
from ..errors import GraderError
from ..host import processes, scratch

BEGIN, END = "```console", "```"
PROMPT = "$ "
TALK = re.compile(r"(<bochs:\d+>|\(gdb\)|pollux>) ")
ANY = "…"
SECONDS = 300.0


@dataclass(frozen=True)
class Step:
    page: Path
    line: int
    command: str
    expected: tuple[str, ...]


def steps(page: Path, text: str) -> list[Step]:
    """The commands of a page, in order."""
    return [
        step
        for first, block in sessions(text)
        if not any(TALK.match(line) for line in block)
        for step in _commands(page, first, block)
    ]


def sessions(text: str) -> Iterator[tuple[int, list[str]]]:
    """The blocks marked `console`: their lines, and the number of the first of them."""
    block: list[str] | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if block is None:
            block = [] if line == BEGIN else None
        elif line == END:
            yield number - len(block), block
            block = None
        else:
            block.append(line)


def _commands(page: Path, first: int, block: list[str]) -> list[Step]:
    found: list[Step] = []
    for number, line in enumerate(block, first):
        if line.startswith(PROMPT):
            found.append(Step(page, number, line.removeprefix(PROMPT), ()))
        elif found and line.strip():
            last = found[-1]
            found[-1] = Step(page, last.line, last.command, (*last.expected, line))
    return found


def matches(expected: tuple[str, ...], printed: list[str]) -> bool:
    """Whether the lines are those that were expected."""
    if not expected:
        return not printed
    first, rest = expected[0], expected[1:]
    if first == ANY:
        return any(matches(rest, printed[skipped:]) for skipped in range(len(printed) + 1))
    return bool(printed) and _line_matches(first, printed[0]) and matches(rest, printed[1:])


def _line_matches(expected: str, printed: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in expected.split(ANY))
    return re.fullmatch(pattern, printed.rstrip()) is not None


def pages(tree: Tree) -> list[Path]:
    return [
        path
        for path in tree.files()
        if path.parts[0] == "handouts"
        and path.suffix == ".md"
        and steps(path, (tree.root / path).read_text())
    ]


def run(tree: Tree, page: Path, folder: Path) -> Iterator[tuple[Step, list[str] | None]]:
    """Runs the sessions of one page; with each command what it printed, or None when that was expected.
    An instructor's page is run in a copy of the whole tree."""
    where = folder / "pollux"
    if is_private(page):
        for path in tree.files():
            (where / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(tree.root / path, where / path, follow_symlinks=False)
    else:
        student.write(tree, where, ())
    for number, step in enumerate(steps(page, (tree.root / page).read_text())):
        command = ["/bin/bash", "-c", f"{{ {step.command}\n}} 2>&1"]
        ended = processes.run(command, folder / str(number), seconds=SECONDS, cwd=where)
        lines = ended.output.replace("\r", "").split("\n")
        printed = [line.rstrip() for line in lines if line.strip()]
        yield step, None if matches(step.expected, printed) else printed


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="transcripts",
        description="Run the commands that the handouts show, each page's in a student's tree of its own, and compare "
        "what they print.",
    )
    parser.add_argument("page", nargs="*", help="only these pages, as in lab-0-tour")
    arguments = parser.parse_args()
    tree = Tree.own()
    found = pages(tree)
    chosen = [page for page in found if not arguments.page or page.stem in arguments.page]
    if not chosen:
        raise GraderError("no such page has a session")
    good = wrong = 0
    with scratch.folder() as folder:
        for page in chosen:
            (folder / page.stem).mkdir()
            for step, printed in run(tree, page, folder / page.stem):
                good += printed is None
                wrong += printed is not None
                print(
                    f"  {'ok   ' if printed is None else 'FALSE'} {page}:{step.line}: {step.command}",
                    flush=True,
                )
                for line in printed or ():
                    print(f"        {line}")
    print(f"{good} passed, {wrong} failed")
    return 1 if wrong else 0
