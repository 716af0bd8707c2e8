"""A part of a class for each of several machines: every n-th submission, so that each part has some of all kinds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Shard:
    index: int  # from 1
    count: int

    def of(self, items: Sequence[T]) -> list[T]:
        return list(items[self.index - 1 :: self.count])

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


def shard(text: str) -> Shard:
    """`2/8` is the second of eight. ValueError for anything else."""
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise ValueError(text)
    return Shard(int(match[1]), int(match[2]))
