"""A machine's memory: an unnamed file that QEMU maps. The grader reads and writes it while the machine is paused."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

PAGE = 4096
NOTHING = bytes(PAGE)


@dataclass(frozen=True)
class Contents:
    """What a memory holds: the runs of pages that are not zero, by where they begin."""

    runs: tuple[tuple[int, bytes], ...]


class Memory:
    """`size` bytes of zeros. The caller must close it."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.descriptor = os.memfd_create("memory")
        os.ftruncate(self.descriptor, size)

    def close(self) -> None:
        os.close(self.descriptor)

    def read(self, at: int, size: int) -> bytes:
        """The bytes at this place, fewer where the memory ends."""
        return os.pread(self.descriptor, size, at)

    def write(self, at: int, content: bytes) -> None:
        os.pwrite(self.descriptor, content, at)

    def contents(self) -> Contents:
        return Contents(tuple(self._runs()))

    def clear(self) -> None:
        """Fills it with zeros, which take none of the host's memory."""
        os.ftruncate(self.descriptor, 0)
        os.ftruncate(self.descriptor, self.size)

    def fill(self, contents: Contents) -> None:
        """Fills it with these contents, and zeros elsewhere."""
        self.clear()
        for at, content in contents.runs:
            self.write(at, content)

    def _runs(self) -> Iterator[tuple[int, bytes]]:
        for begin, end in self._touched():
            run = bytearray()
            for at in range(begin, end, PAGE):
                page = self.read(at, PAGE)
                if page != NOTHING:
                    run += page
                elif run:
                    yield at - len(run), bytes(run)
                    run.clear()
            if run:
                yield end - len(run), bytes(run)

    def _touched(self) -> Iterator[tuple[int, int]]:
        """The ranges of the file that have pages."""
        end = 0
        while end < self.size:
            try:
                begin = os.lseek(self.descriptor, end, os.SEEK_DATA)
            except OSError:  # no more data (ENXIO)
                return
            end = os.lseek(self.descriptor, begin, os.SEEK_HOLE)
            yield begin, end
