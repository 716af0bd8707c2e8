"""Mutants made by machine: one small change each to the reference's layers, wherever an operator finds a place.

They check our tests without knowing what anybody thought of. One that keeps all points shows a sentence that no test
holds, unless it is no mistake: then `EQUAL` says why.
"""

import re
import shutil
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ..building.stage import Bases
from ..course.lab import Lab
from ..course.marks import find_holes
from ..course.source import blank
from ..course.tree import Tree
from ..errors import GraderError
from ..grading.grade import Request, grade
from ..grading.running import Settings
from ..host import processes
from ..report.listener import Listener
from ..verdict.outcome import Outcome
from ..verdict.results import TestResult

# Survivors that are no mistakes, each with the reason.
EQUAL = Path("grader/tests/mutants/equal.toml")

STATEMENT = re.compile(r"^(?P<indent> +)(?!case |default:|else|}|{|if |for |while |do )[^{}]*;$")
CONDITION = re.compile(r"^(?P<head> *(?:}? ?else )?(?:if|while) \()(?P<test>.*)(?P<tail>\)[^()]*)$")
LOOP = re.compile(r"^(?P<indent> *)while \((?P<test>.*)\)(?P<tail>[^()]*)$")

# What stands in a line, and what may stand there instead.
SWAPS: tuple[tuple[str, str, str], ...] = (
    ("boundary", r"(?<= )<(?= )", "<="),
    ("boundary", r"(?<= )<=(?= )", "<"),
    ("boundary", r"(?<= )>(?= )", ">="),
    ("boundary", r"(?<= )>=(?= )", ">"),
    ("comparison", r"==", "!="),
    ("comparison", r"!=", "=="),
    ("logic", r"&&(?= )", "||"),
    ("logic", r"\|\|", "&&"),
    ("arithmetic", r"(?<= )\+(?= )", "-"),
    ("arithmetic", r"(?<= )-(?= )", "+"),
    ("narrow", r"std::uint64_t", "std::uint32_t"),
    ("narrow", r"std::uint32_t", "std::uint8_t"),
    ("narrow", r"std::size_t", "std::uint16_t"),
    ("end", r"\bpush_back\b", "push_front"),
    ("answer", r"\btrue\b", "false"),
    ("answer", r"\bfalse\b", "true"),
)
NUMBER = re.compile(r"(?<![\w.'])(?P<number>\d+)(?=U?\b(?![.'xX]))")


@dataclass(frozen=True)
class Made:
    """One change: the lines from `first` on of a file of the lab, and what stands there instead."""

    lab: Lab
    file: str
    first: int
    operator: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def place(self) -> str:
        return f"{self.lab.folder}/{self.file}:{self.first + 1}"

    @property
    def key(self) -> tuple[int, str, str, str]:
        """What `EQUAL` knows it by: no line number, which moves."""
        return (self.lab.number, self.file, _words(self.before), _words(self.after))


class Fate(StrEnum):
    KILLED = "killed"
    EQUAL = "equal"
    SURVIVES = "SURVIVES"
    STILLBORN = "does not compile"


@dataclass(frozen=True)
class End:
    """What became of one, and the test that it failed or the reason why it is no mistake."""

    made: Made
    fate: Fate
    by: str = ""


def _words(lines: Sequence[str]) -> str:
    return " / ".join(line.strip() for line in lines)


def make(tree: Tree, lab: Lab) -> list[Made]:
    """All mutants of a lab, in the order of its files' lines."""
    found = []
    for file in lab.files:
        path = tree.root / lab.folder / file
        text = path.read_text()
        lines, code = text.split("\n"), blank(text).split("\n")
        for hole in find_holes(text, lab.number, str(path)):
            for number in range(hole.first + 1, hole.last):
                for operator, count, after in _changes(lines, code, number, hole.last):
                    before = tuple(lines[number : number + count])
                    if tuple(after) != before:
                        found.append(Made(lab, file, number, operator, before, tuple(after)))
    return found


def _changes(
    lines: list[str], code: list[str], number: int, end: int
) -> Iterator[tuple[str, int, list[str]]]:
    """What each operator makes of the line: its name, how many lines it replaces, and the new ones."""
    line = code[number].rstrip()
    whole = lines[number]
    if whole.strip() != line.strip():
        line = code[number].rstrip() if "//" in whole else ""
        whole = line
    following = code[number + 1].rstrip() if number + 1 < end else ""
    if statement := STATEMENT.match(line):
        yield "drop", 1, []
        other = STATEMENT.match(following)
        if other and other["indent"] == statement["indent"]:
            yield "swap", 2, [lines[number + 1], lines[number]]
    if condition := CONDITION.match(line):
        yield "negate", 1, [f"{condition['head']}!({condition['test']}){condition['tail']}"]
        if not line.endswith("{") and following.endswith(";"):
            yield "guard", 2, []
    if loop := LOOP.match(line):
        bounded = f"({loop['test']}) && bound < 1000; ++bound"
        yield "bound", 1, [f"{loop['indent']}for (unsigned bound = 0; {bounded}){loop['tail']}"]
    for operator, pattern, instead in SWAPS:
        for match in re.finditer(pattern, line):
            yield operator, 1, [line[: match.start()] + instead + line[match.end() :]]
    for match in NUMBER.finditer(line):
        changed = str(int(match["number"]) + 1)
        yield "constant", 1, [line[: match.start()] + changed + line[match.end() :]]


def explanations(tree: Tree) -> dict[tuple[int, str, str, str], str]:
    """The reasons in `EQUAL`. One whose place is gone, or that gives no reason, is an error."""
    path = tree.root / EQUAL
    if not path.is_file():
        return {}
    reasons = {}
    known = {made.key for lab in tree.labs for made in make(tree, lab)}
    for entry in tomllib.loads(path.read_text()).get("equal", []):
        key = (entry["lab"], entry["file"], entry["before"], entry["after"])
        if key not in known:
            raise GraderError(f"{EQUAL}: nothing makes `{key[3]}` of `{key[2]}` any more")
        if not entry.get("reason", "").strip():
            raise GraderError(f"{EQUAL}: no reason why `{key[3]}` is as good as `{key[2]}`")
        reasons[key] = entry["reason"]
    return reasons


class _Enough(Exception):
    """A test has failed: no other need be run."""

    def __init__(self, result: TestResult) -> None:
        self.result = result


class _FirstFailure(Listener):
    def tested(self, result: TestResult) -> None:
        if result.outcome is Outcome.GRADER_ERROR:
            raise GraderError(result.verdict.message)
        if result.outcome is not Outcome.PASS or result.score < result.test.points:
            raise _Enough(result)


def write(made: Made, tree: Tree, folder: Path) -> None:
    """Writes the mutant as a submission to `folder`."""
    target = folder / made.lab.folder
    target.mkdir(parents=True)
    for name in made.lab.files:
        shutil.copy(tree.root / made.lab.folder / name, target)
    lines = (target / made.file).read_text().split("\n")
    lines[made.first : made.first + len(made.before)] = made.after
    (target / made.file).write_text("\n".join(lines))


def try_one(
    made: Made,
    tree: Tree,
    scratch: Path,
    bases: Bases,
    reasons: dict[tuple[int, str, str, str], str],
) -> End:
    """Grades it up to the first test that it fails."""
    folder = scratch / f"{made.lab.number}-{made.file}-{made.first}-{abs(hash(made.key))}"
    write(made, tree, folder / "submission")
    request = Request(
        tree,
        folder,
        (made.lab.number,),
        submission=folder / "submission",
        settings=Settings(jobs=1),
        bases=bases,
    )
    try:
        result = grade(request, _FirstFailure())[0]
    except _Enough as enough:
        return End(made, Fate.KILLED, f"{enough.result.test.name}: {enough.result.outcome}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if result.message:
        outcomes = {test.outcome for test in result.tests}
        fate = Fate.KILLED if Outcome.REFUSED in outcomes else Fate.STILLBORN
        return End(made, fate, result.message)
    if made.key in reasons:
        return End(made, Fate.EQUAL, reasons[made.key])
    return End(made, Fate.SURVIVES)


def try_all(
    chosen: Sequence[Made], tree: Tree, scratch: Path, jobs: int, progress: Callable[[End], None]
) -> list[End]:
    """Tries them side by side."""
    bases = Bases()
    reasons = explanations(tree)
    ends = []
    pool = ThreadPoolExecutor(jobs)
    try:
        for end in pool.map(lambda made: try_one(made, tree, scratch, bases, reasons), chosen):
            progress(end)
            ends.append(end)
        return ends
    except KeyboardInterrupt:
        processes.end_all()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
