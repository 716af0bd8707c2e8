"""What the audit is about, and what it says."""

from dataclasses import dataclass
from pathlib import Path

from ..course.lab import Lab


@dataclass(frozen=True)
class Refusal:
    """One thing that a layer may not hold."""

    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


@dataclass(frozen=True)
class Built:
    """The files that the build made of one source: its object, the compiler's view of it, the list of its headers."""

    lab: Lab
    name: str
    folder: Path

    @property
    def source(self) -> str:
        return f"{self.lab.folder}/{self.name}"

    def file(self, suffix: str) -> Path:
        return self.folder / self.lab.folder / f"{self.name}.{suffix}"
