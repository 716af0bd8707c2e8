"""What of a kernel's image nothing may change while it runs: its code and its constants, by physical address."""

import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .errors import GraderError

# The ELF64 header up to the program headers' place, and one program header (System V ABI, chapters 4 and 5).
HEADER = struct.Struct("<16s2HI3QI6H")
PROGRAM_HEADER = struct.Struct("<2I6Q")
LOAD, WRITABLE = 1, 2


@dataclass(frozen=True)
class Part:
    """One run of bytes that stay as they are."""

    virtual: int
    physical: int
    content: bytes

    def change(self, found: bytes) -> int | None:
        """The virtual address of the first byte that is not what it was; None when all is."""
        if found == self.content:
            return None
        pairs = zip(self.content, found)
        offset = next((at for at, (was, now) in enumerate(pairs) if was != now), len(found))
        return self.virtual + offset


@dataclass(frozen=True)
class Image:
    elf: Path

    @cached_property
    def constant_parts(self) -> tuple[Part, ...]:
        """The segments that are loaded and not writable."""
        data = self.elf.read_bytes()
        fields = HEADER.unpack_from(data)
        if fields[0][:4] != b"\x7fELF":
            raise GraderError(f"{self.elf} is no ELF file")
        offset, size, count = fields[5], fields[9], fields[10]
        headers = (PROGRAM_HEADER.unpack_from(data, offset + size * n) for n in range(count))
        return tuple(
            Part(virtual, physical, data[at : at + in_file])
            for kind, flags, at, virtual, physical, in_file, *_ in headers
            if kind == LOAD and not flags & WRITABLE
        )
