"""What an object file is made of, read byte by byte (System V ABI, chapter 4): names are whatever the compiler was told
to write, so no tool's print-out of them is trusted."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

HEADER = struct.Struct("<16s2HI3QI6H")
SECTION = struct.Struct("<2I4Q2I2Q")
SYMBOL = struct.Struct("<I2BH2Q")
RELOCATION = struct.Struct("<2Qq")
SYMBOL_TABLE, RELOCATIONS = 2, 4
ALLOCATED, EXECUTABLE = 2, 4
FUNCTION, OF_A_SECTION, OF_A_FILE = 2, 3, 4
UNDEFINED = 0
# Types of relocations, by the psABI: absolute ones, and those relative to the place.
R_64, R_PC32, R_PLT32, R_32, R_32S = 1, 2, 4, 10, 11
RELATIVE = (R_PC32, R_PLT32)


@dataclass(frozen=True)
class Section:
    name: str
    kind: int
    flags: int
    offset: int
    size: int
    link: int
    info: int

    @property
    def is_code(self) -> bool:
        return self.flags & EXECUTABLE != 0

    @property
    def is_loaded(self) -> bool:
        return self.flags & ALLOCATED != 0


@dataclass(frozen=True)
class Symbol:
    name: str
    kind: int
    section: int  # its index; UNDEFINED when it is another object's
    value: int
    size: int


@dataclass(frozen=True)
class Relocation:
    """A place that the linker fills in, by the section that it lies in."""

    section: Section
    offset: int
    kind: int
    symbol: Symbol
    addend: int


@dataclass(frozen=True)
class Elf:
    data: bytes = field(repr=False)

    @cached_property
    def sections(self) -> list[Section]:
        fields = HEADER.unpack_from(self.data)
        at, size, count, names = fields[6], fields[11], fields[12], fields[13]
        raw = [SECTION.unpack_from(self.data, at + size * number) for number in range(count)]
        return [
            Section(self._text(raw[names][4] + each[0]), each[1], each[2], *each[4:8])
            for each in raw
        ]

    def _text(self, at: int) -> str:
        return self.data[at : self.data.index(b"\0", at)].decode("latin-1")

    @cached_property
    def symbols(self) -> list[Symbol]:
        for section in self.sections:
            if section.kind == SYMBOL_TABLE:
                strings = self.sections[section.link].offset
                content = self.data[section.offset : section.offset + section.size]
                return [
                    Symbol(self._text(strings + name), info & 15, index, value, size)
                    for name, info, _, index, value, size in SYMBOL.iter_unpack(content)
                ]
        return []

    def relocations(self) -> Iterator[Relocation]:
        """Those of what is loaded."""
        for section in self.sections:
            if section.kind != RELOCATIONS or not self.sections[section.info].is_loaded:
                continue
            content = self.data[section.offset : section.offset + section.size]
            for offset, info, addend in RELOCATION.iter_unpack(content):
                symbol = self.symbols[info >> 32]
                yield Relocation(
                    self.sections[section.info], offset, info & 0xFFFFFFFF, symbol, addend
                )


def read(path: Path) -> Elf:
    return Elf(path.read_bytes())
