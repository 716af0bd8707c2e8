"""The tests of the code that students are given: those in arch/ and kernel/, which belong to no lab."""

import re
from collections.abc import Iterator

from ..course.lab import Test
from ..course.source import blank
from ..course.tree import Tree

TEST = re.compile(r"^TEST\((?P<suite>\w+), (?P<name>\w+)\)", re.MULTILINE)
# Code that only the host compiles.
HOSTED = re.compile(r"^#if __STDC_HOSTED__$.*?^#(?:else|endif)", re.MULTILINE | re.DOTALL)
# Tests of this suite take too long for `make test`: `make soak` runs them.
SOAK = "soak"
LIMIT_SECONDS = 10
SOAK_SECONDS = 30


PARTS = ("arch", "kernel")


def _names(tree: Tree, parts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for path in tree.files():
        if path.parts[0] in parts and path.parts[-2] == "tests" and path.suffix == ".cpp":
            code = HOSTED.sub("", blank((tree.root / path).read_text()))
            for match in TEST.finditer(code):
                yield match["suite"], match["name"]


def tests(tree: Tree, *parts: str) -> tuple[Test, ...]:
    """All of them, or those of these parts, worth nothing; the last stage has every one."""
    return tuple(
        Test(
            name=f"{suite}.{name}",
            points=0,
            hint="",
            limit_seconds=SOAK_SECONDS if suite == SOAK else LIMIT_SECONDS,
        )
        for suite, name in _names(tree, parts or PARTS)
    )


def quick_tests(tree: Tree) -> tuple[Test, ...]:
    """The tests that `make test` runs."""
    return tuple(test for test in tests(tree) if not test.name.startswith(f"{SOAK}."))
