"""What of a kernel's image nothing may change while it runs: its code and its constants, by physical address."""

import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import GraderError

# The ELF64 header, one program header, one section header and one symbol (System V ABI, chapters 4 and 5).
HEADER = struct.Struct("<16s2HI3QI6H")
PROGRAM_HEADER = struct.Struct("<2I6Q")
SECTION_HEADER = struct.Struct("<2I4Q2I2Q")
SYMBOL = struct.Struct("<I2BH2Q")
LOAD, WRITABLE = 1, 2
SYMBOL_TABLE = 2


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
    def _data(self) -> bytes:
        data = self.elf.read_bytes()
        if data[:4] != b"\x7fELF":
            raise GraderError(f"{self.elf} is no ELF file")
        return data

    @cached_property
    def _loaded(self) -> list[tuple[int, ...]]:
        """The program headers of what is loaded."""
        fields = HEADER.unpack_from(self._data)
        offset, size, count = fields[5], fields[9], fields[10]
        headers = [PROGRAM_HEADER.unpack_from(self._data, offset + size * n) for n in range(count)]
        return [header for header in headers if header[0] == LOAD]

    @cached_property
    def constant_parts(self) -> tuple[Part, ...]:
        """The segments that are loaded and not writable."""
        return tuple(
            Part(virtual, physical, self._data[at : at + in_file])
            for _, flags, at, virtual, physical, in_file, *_ in self._loaded
            if not flags & WRITABLE
        )

    def place(self, name: str) -> tuple[int, int]:
        """The physical address and the size of a variable of the kernel."""
        address, size = self._symbol(name)
        for _, _, _, virtual, physical, _, in_memory, _ in self._loaded:
            if virtual <= address < virtual + in_memory:
                return address - virtual + physical, size
        raise GraderError(f"{name} of {self.elf.name} is not loaded")

    def _symbol(self, name: str) -> tuple[int, int]:
        fields = HEADER.unpack_from(self._data)
        offset, size, count = fields[6], fields[11], fields[12]
        sections = [SECTION_HEADER.unpack_from(self._data, offset + size * n) for n in range(count)]
        for section in (section for section in sections if section[1] == SYMBOL_TABLE):
            at, length, strings = section[4], section[5], sections[section[6]][4]
            wanted = name.encode() + b"\0"
            for symbol in SYMBOL.iter_unpack(self._data[at : at + length]):
                if self._data.startswith(wanted, strings + symbol[0]):
                    return symbol[4], symbol[5]
        raise GraderError(f"{self.elf.name} has no symbol {name}")
