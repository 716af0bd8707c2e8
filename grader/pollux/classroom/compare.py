"""grader/compare: what changed between two gradings of a class, who, and why."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from ..errors import GraderError
from ..report.terminal import safe
from ..verdict.score import plain

SAME, CHANGED = 0, 1
MOST_TESTS = 5


@dataclass(frozen=True)
class Change:
    """One student's points, before and after; None where there are none. `why` has the tests that ended otherwise."""

    name: str
    before: float | None
    after: float | None
    why: tuple[str, ...]


def read(folder: Path) -> dict[str, Any]:
    """By name what grades.json has of each student."""
    path = folder / "grades.json" if folder.is_dir() else folder
    try:
        return {one["name"]: one for one in json.loads(path.read_bytes())["students"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GraderError(f"{path} cannot be read as grades: {error}") from error


def changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    """All whose points or outcomes are not what they were, by name."""
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            why: tuple[str, ...] = ("is new" if before is None else "is gone",)
        else:
            why = tuple(_why(_outcomes(before), _outcomes(after)))
        scores = [one["score"] if one else None for one in (before, after)]
        if why or scores[0] != scores[1]:
            yield Change(name, scores[0], scores[1], why)


def _outcomes(student: dict[str, Any]) -> dict[str, tuple[str, float]]:
    return {
        f"lab {lab['lab']} {test['name']}": (test["outcome"], test["score"])
        for lab in student["labs"]
        for test in lab["tests"]
    }


def _why(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    nothing = ("no such test", 0)
    for test in sorted(before.keys() | after.keys()):
        one, other = before.get(test, nothing), after.get(test, nothing)
        if one[0] != other[0]:
            yield f"{test}: {one[0]} -> {other[0]}"
        elif one[1] != other[1]:
            yield f"{test}: {plain(one[1])} -> {plain(other[1])} points"


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="compare",
        description="Say whose grades changed between two gradings, and why.",
        epilog="Exit status: 0 nothing changed, 1 something did, 2 one of them cannot be read.",
    )
    parser.add_argument("old", type=Path, metavar="OLD", help="what grade-class wrote before")
    parser.add_argument("new", type=Path, metavar="NEW")
    arguments = parser.parse_args()
    console = Console()
    found = list(changes(read(arguments.old), read(arguments.new)))
    for one in found:
        points = " -> ".join("?" if at is None else plain(at) for at in (one.before, one.after))
        console.print(f"{safe(one.name):<24} {points}", highlight=False, soft_wrap=True)
        for why in one.why[:MOST_TESTS]:
            console.print(f"    {safe(why)}", highlight=False, soft_wrap=True)
        if len(one.why) > MOST_TESTS:
            console.print(f"    and {len(one.why) - MOST_TESTS} tests more", highlight=False)
    pairs = [(one.before, one.after) for one in found]
    gained = sum(a is not None and b is not None and b > a for a, b in pairs)
    lost = sum(a is not None and b is not None and b < a for a, b in pairs)
    console.print(f"{gained} gained, {lost} lost, {len(found) - gained - lost} changed otherwise")
    return CHANGED if found else SAME
