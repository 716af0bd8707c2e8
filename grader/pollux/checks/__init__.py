"""What `make check` checks. A check takes the tree and returns a sentence for each problem, none when all is well."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..course.tree import Tree

Problems = Iterator[str]


@dataclass(frozen=True)
class Check:
    name: str
    run: Callable[[Tree], Problems]
