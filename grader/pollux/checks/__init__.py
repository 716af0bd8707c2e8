"""What `make check` holds. A check takes the tree and says what is wrong, a sentence a problem, none when all is well."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..course.tree import Tree

Problems = Iterator[str]


@dataclass(frozen=True)
class Check:
    name: str
    run: Callable[[Tree], Problems]
