"""Who handed in nearly the same: how much of one's statements is in another's, whatever they are called and wherever
they stand (`statements.py`). What everybody was given, and what most have, does not count."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..course.lab import Lab
from ..course.marks import starter
from ..course.tree import Tree
from .marking import Marked
from .statements import MOST, Bag, bag_of

# From so much in common, in percent of the smaller, two are near. Of the right solutions that the grader's tests hold,
# written for one contract in two ways, the nearest two have 12 in common; disguised copies have 65 and more.
SHARE = 50
# Less than this, in tokens, is too little to say anything about.
LEAST = 60
# Among so many texts, what more than half of them have is the lab's, and nobody's.
CROWD = 8


@dataclass(frozen=True)
class Twins:
    """Some who handed in nearly the same of a lab: each has `percent` at least of another's, or that of it."""

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


def compare(marked: Sequence[Marked], lab: Lab, tree: Tree, share: int = SHARE) -> Comparison:
    """The groups of those whose text in `lab` is nearly the same, nearest first."""
    by_text: dict[str, list[str]] = {}
    for one in marked:
        text = text_of(one, lab)
        if text:
            by_text.setdefault(text, []).append(one.name)
    given = given_bag(lab, tree)
    groups, bags, long = [], [], []
    for text, names in by_text.items():
        counts = bag_of(text).counts - given.counts
        if _weight(counts) >= LEAST:
            groups.append(names)
            bags.append(counts)
        long += names if len(text) > MOST else []
    bags = _without_common(bags)
    shares = {pair: percent for pair, percent in _shares(bags).items() if percent >= share}
    remark = (
        f"lab {lab.number}: only the first {MOST} letters of {', '.join(long[:5])} were compared"
    )
    return Comparison(tuple(_twins(lab, groups, shares)), remark if long else "")


def text_of(one: Marked, lab: Lab) -> str:
    """All files of a lab, behind each other."""
    files = sorted(one.taken.handin.files.get(lab.number, {}).items())
    return "\n".join(content.decode("utf-8", "replace") for _, content in files)


def given_bag(lab: Lab, tree: Tree) -> Bag:
    """What everybody begins with; in a student's own tree, which has no marks, that is unknown."""
    found = []
    for name in lab.files:
        path = f"{lab.folder}/{name}"
        text = (tree.root / path).read_text()
        found.append(starter(text, lab.number, path) if re.search("BEGIN", text) else "")
    return bag_of("\n".join(found))


def _weight(counts: Mapping[str, int]) -> int:
    return sum(Bag.tokens(statement) * count for statement, count in counts.items())


def _without_common(bags: Sequence[Counter[str]]) -> list[Counter[str]]:
    if len(bags) < CROWD:
        return list(bags)
    having = Counter(statement for counts in bags for statement in counts)
    common = {statement for statement, count in having.items() if 2 * count > len(bags)}
    return [
        Counter({one: count for one, count in counts.items() if one not in common})
        for counts in bags
    ]


def _shares(bags: Sequence[Counter[str]]) -> dict[tuple[int, int], int]:
    """By pair what they have in common, in percent of the smaller: a part that was taken over is seen as well."""
    weights = [_weight(counts) for counts in bags]
    holders: dict[str, list[int]] = {}
    for number, counts in enumerate(bags):
        if weights[number] >= LEAST:
            for statement in counts:
                holders.setdefault(statement, []).append(number)
    common: Counter[tuple[int, int]] = Counter()
    for statement, numbers in holders.items():
        tokens = Bag.tokens(statement)
        for one, other in itertools.combinations(numbers, 2):
            common[one, other] += tokens * min(bags[one][statement], bags[other][statement])
    return {
        (one, other): min(99, 100 * weight // min(weights[one], weights[other]))
        for (one, other), weight in common.items()  # 100 is left to those of the same text
    }


def _twins(
    lab: Lab, groups: Sequence[Sequence[str]], shares: Mapping[tuple[int, int], int]
) -> list[Twins]:
    near = [(percent, one, other) for (one, other), percent in shares.items()]
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


@dataclass(frozen=True)
class Line:
    text: str
    shared: bool


def side_by_side(one: Marked, other: Marked, lab: Lab, tree: Tree) -> tuple[list[Line], list[Line]]:
    """Both texts, and which lines begin what they share."""
    texts = [text_of(marked, lab)[:MOST] for marked in (one, other)]
    bags = [bag_of(text) for text in texts]
    given = given_bag(lab, tree).counts
    shared = {name for name in bags[0].counts if name in bags[1].counts and name not in given}
    columns = []
    for text, bag in zip(texts, bags):
        numbers = {line for name in shared for line in bag.lines[name]}
        lines = text.splitlines()
        columns.append([Line(line, number in numbers) for number, line in enumerate(lines)])
    return columns[0], columns[1]


def pairs_of(twins: Twins) -> list[tuple[str, str]]:
    """The pairs of a group to look at: the first with each other."""
    return [(twins.names[0], name) for name in twins.names[1:]]


def place_of(number: int) -> Path:
    """Where a pair's page lies."""
    return Path("alike", f"{number}.html")
