"""From a stage's traced image to pictures: its runs, its names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..machine.image import Image
from ..machine.machine import Ended, Machine, Orders
from ..machine.memory import Memory
from ..machine.siphash import Key
from ..machine.snapshot import Snapshots
from . import picture, records
from .picture import Picture, Place
from .records import Recording

# Given addresses of the kernel's, says where they are in the source.
Find = Callable[[Sequence[int]], Mapping[int, Place]]


@dataclass
class Recorder:
    """Runs tests of a traced stage, each in a machine of its own, and keeps what was recorded. Use it in a `with`."""

    iso: Path
    image: Image
    folder: Path
    key: Key = field(default_factory=Key.random)

    def __enter__(self) -> "Recorder":
        self._machines = Snapshots(self.key, self.folder)
        self._machines.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._machines.__exit__(*error)

    def run(self, orders: Orders, memory_mebibytes: int) -> tuple[Ended, Recording]:
        found: list[Recording] = []

        def look(memory: Memory) -> None:
            found.append(records.read(memory.read, self.image))

        ended = self._machines.run(Machine(self.iso, memory_mebibytes, self.image), orders, look)
        return ended, found[-1]


def pictures(
    recording: Recording, image: Image, find: Find, most: int | None = None
) -> list[Picture]:
    """A picture for each test of a recording, or of the life of its kernel; of each the latest `most` records."""
    constants = records.Constants(image)
    places = find(picture.addresses(recording))
    drawn = []
    for number, (name, own) in enumerate(picture.runs(recording, constants)):
        lost = recording.lost if number == 0 else 0
        kept = own if most is None else own[-most:]
        drawn.append(picture.draw(name, kept, places, constants, lost + len(own) - len(kept)))
    return drawn
