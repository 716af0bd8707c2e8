"""A machine's memory: a file without a name that QEMU maps, so that it can be read and written while nothing moves."""

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
    """`size` bytes of zeros. Close it in the end."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.descriptor = os.memfd_create("memory")
        os.ftruncate(self.descriptor, size)

    def close(self) -> None:
        os.close(self.descriptor)

    def read(self, at: int, size: int) -> bytes:
        """What is there; less where the memory ends."""
        return os.pread(self.descriptor, size, at)

    def write(self, at: int, content: bytes) -> None:
        os.pwrite(self.descriptor, content, at)

    def contents(self) -> Contents:
        return Contents(tuple(self._runs()))

    def clear(self) -> None:
        """Makes it zeros, which take none of the host's memory."""
        os.ftruncate(self.descriptor, 0)
        os.ftruncate(self.descriptor, self.size)

    def fill(self, contents: Contents) -> None:
        """Makes it hold this and nothing else."""
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
        """Where the file has pages at all, from their begin to their end."""
        end = 0
        while end < self.size:
            try:
                begin = os.lseek(self.descriptor, end, os.SEEK_DATA)
            except OSError:  # no more data (ENXIO)
                return
            end = os.lseek(self.descriptor, begin, os.SEEK_HOLE)
            yield begin, end
