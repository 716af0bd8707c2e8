"""Who handed in nearly the same: Debian's similarity-tester compares token by token, names and layout aside.

What everybody was given does not count: lines of the starter are taken out first.
"""

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..course.lab import Lab
from ..course.marks import starter
from ..course.tree import Tree
from ..host import confine, processes
from .marking import Marked

PROGRAM = "sim_c++"
# Shorter runs of tokens are everybody's; below this share of a file two are not near.
RUN_TOKENS, SHARE = 24, 80
# Less text than this, in characters, is too little to say anything about.
LEAST = 600
SECONDS = 600.0
LIMITS = confine.Limits(cpu_seconds=300, memory_bytes=4 << 30, file_bytes=64 << 20)
LINE = re.compile(
    r"(?P<one>\d+)\.cpp consists for (?P<share>\d+) % of (?P<other>\d+)\.cpp material"
)


@dataclass(frozen=True)
class Twins:
    """Some who handed in nearly the same of a lab: each is like another of them by `percent` at least, as a share of
    either's text."""

    lab: Lab
    names: tuple[str, ...]
    percent: int

    @property
    def same(self) -> bool:
        return self.percent == 100


@dataclass(frozen=True)
class Comparison:
    twins: tuple[Twins, ...] = ()
    remark: str = ""


def compare(marked: Sequence[Marked], lab: Lab, tree: Tree, folder: Path) -> Comparison:
    """The groups of those whose text in `lab` is nearly the same, nearest first."""
    if shutil.which(PROGRAM) is None:
        return Comparison(
            remark="nobody was compared: similarity-tester is not installed (grader/setup)"
        )
    by_text: dict[str, list[str]] = {}
    for one in marked:
        text = _own_text(one.taken.handin.files.get(lab.number, {}), lab, tree)
        if len(text) >= LEAST:
            by_text.setdefault(text, []).append(one.name)
    folder.mkdir(parents=True)
    groups = list(by_text.values())
    for number, text in enumerate(by_text):
        (folder / f"{number}.cpp").write_text(text)
    pairs: list[tuple[int, int, int]] = []
    if len(groups) > 1:
        program = [PROGRAM, "-aepT", "-r", str(RUN_TOKENS), "-t", str(SHARE)]
        program += [f"{number}.cpp" for number in range(len(groups))]
        inside = confine.seen_at(folder, "/texts")
        box = confine.Box(LIMITS, (confine.Bind(folder, inside),), (), inside)
        done = processes.run(
            confine.command(box, program), folder / "output", seconds=SECONDS, cwd=folder
        )
        if done.status != 0:
            return Comparison(remark=f"nobody was compared: {PROGRAM} did not end well")
        pairs = _pairs(done.output)
    return Comparison(tuple(_twins(lab, groups, pairs)))


def _own_text(files: dict[str, bytes], lab: Lab, tree: Tree) -> str:
    """A student's own lines of a lab, all files behind each other."""
    own = []
    for name, content in sorted(files.items()):
        path = f"{lab.folder}/{name}"
        given = set(_lines(_given((tree.root / path).read_text(), lab.number, path)))
        own += [line for line in _lines(content.decode("utf-8", "replace")) if line not in given]
    return "\n".join(own) + "\n"


def _given(text: str, number: int, path: str) -> str:
    """The starter; in a student's own tree, which has no marks, that is unknown, and nothing is taken out."""
    return starter(text, number, path) if "BEGIN" in text else ""


def _lines(text: str) -> Iterable[str]:
    """The lines that say anything: with a letter or a digit in them."""
    lines = (line.strip() for line in text.splitlines())
    return (line for line in lines if re.search(r"\w", line))


def _pairs(output: str) -> list[tuple[int, int, int]]:
    matches = (LINE.fullmatch(line.strip()) for line in output.splitlines())
    return [(int(m["one"]), int(m["other"]), int(m["share"])) for m in matches if m]


def _twins(
    lab: Lab, groups: Sequence[Sequence[str]], pairs: Iterable[tuple[int, int, int]]
) -> list[Twins]:
    """Same texts, then those that are near both ways: neither is only a part of the other."""
    shares = {(one, other): share for one, other, share in pairs}
    near = [
        (min(share, shares[other, one], 99), one, other)  # 100 is left to those of the same text
        for (one, other), share in shares.items()
        if one < other and (other, one) in shares
    ]
    found = [Twins(lab, tuple(sorted(names)), 100) for names in groups if len(names) > 1]
    found += [
        Twins(lab, tuple(sorted(groups[member][0] for member in members)), percent)
        for members, percent in _together(near)
    ]
    return sorted(found, key=lambda twins: (-twins.percent, twins.names))


def _together(near: Iterable[tuple[int, int, int]]) -> list[tuple[frozenset[int], int]]:
    """Nearest pairs first, each joins what its two are in; a group has the percent of the last that joined it."""
    group_of: dict[int, tuple[frozenset[int], int]] = {}
    for percent, one, other in sorted(near, key=lambda pair: (-pair[0], pair)):
        alone = [group_of.get(member, (frozenset([member]), 99)) for member in (one, other)]
        if alone[0][0] == alone[1][0]:
            continue
        joined = (alone[0][0] | alone[1][0], percent)
        group_of.update({member: joined for member in joined[0]})
    return list(dict.fromkeys(group_of.values()))
