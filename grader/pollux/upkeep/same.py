"""grader/same-results: holds two results files against each other, as two machines wrote them.

The same tree gives the same outcome, points and guest instructions for every test, and the same figures in `make bench`,
whatever the host, its QEMU and its distribution are. What differs is named.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import GraderError

SHOWN = 40


def _read(path: Path) -> dict[str, str]:
    """What each test, or each figure of `bench`, came to."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if "labs" in document:
            return dict(_tests(document["labs"]))
        return dict(_costs(document["measures"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise GraderError(
            f"{path} is no results file of grader/grade or grader/bench: {error}"
        ) from error


def _tests(labs: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for lab in labs:
        yield f"lab {lab['lab']}", f"{lab['outcome']}, {lab['score']} of {lab['max_score']}"
        for test in lab["tests"]:
            points = f"{test['score']} of {test['max_score']}"
            count = test["instructions"]
            yield test["name"], f"{test['outcome']}, {points}, {count} instructions"


def _costs(measures: Mapping[str, Mapping[str, int]]) -> Iterator[tuple[str, str]]:
    for test, figures in measures.items():
        for name, value in figures.items():
            yield f"{test} {name}", str(value)


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[str]:
    """A line for each thing that is not the same in both."""
    for name in [*one, *(name for name in other if name not in one)]:
        mine, theirs = one.get(name, "is not there"), other.get(name, "is not there")
        if mine != theirs:
            yield f"{name}: {mine} / {theirs}"


def command() -> int:
    parser = argparse.ArgumentParser(
        prog="same-results",
        description="Compare two JSON files of grader/grade (or of grader/bench), which two machines wrote: "
        "outcome, points and instructions of every test must be the same.",
    )
    parser.add_argument("one", type=Path)
    parser.add_argument("other", type=Path)
    arguments = parser.parse_args()
    one, other = _read(arguments.one), _read(arguments.other)
    if not one:
        raise GraderError(f"{arguments.one} holds no results")
    found = list(differences(one, other))
    print(f"{len(one)} results in {arguments.one}, {len(other)} in {arguments.other}")
    for line in found[:SHOWN]:
        print(f"  {line}")
    if len(found) > SHOWN:
        print(f"  … {len(found) - SHOWN} more")
    same = sum(one[name] == other.get(name) for name in one)
    print(f"{same} passed, {len(found)} failed")
    return 1 if found else 0
