"""A kernel's image: where its variables are, and what of it nothing may change while it runs."""

import math
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.constants import P_FLAGS
from elftools.elf.elffile import ELFFile

from ..errors import GraderError

LONGEST_TEXT = 256


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
    """A kernel in an ELF file. Several threads share it, so it keeps plain values and no open file."""

    elf: Path

    @contextmanager
    def _opened(self) -> Iterator[ELFFile]:
        try:
            with self.elf.open("rb") as stream:
                yield ELFFile(stream)
        except ELFError as error:
            raise GraderError(f"{self.elf} is no ELF file: {error}") from error

    @cached_property
    def constant_parts(self) -> tuple[Part, ...]:
        """The segments that are loaded and not writable, by physical address too."""
        with self._opened() as elf:
            return tuple(
                Part(segment["p_vaddr"], segment["p_paddr"], segment.data())
                for segment in elf.iter_segments("PT_LOAD")
                if not segment["p_flags"] & P_FLAGS.PF_W
            )

    @cached_property
    def end(self) -> int:
        """The physical address behind all that is loaded, and the zeros with it."""
        with self._opened() as elf:
            parts = elf.iter_segments("PT_LOAD")
            return max(int(one["p_paddr"] + one["p_memsz"]) for one in parts)

    @cached_property
    def symbols(self) -> dict[str, tuple[int, int]]:
        """By name the virtual address and the size of each global symbol."""
        with self._opened() as elf:
            table = elf.get_section_by_name(".symtab")
            return {
                symbol.name: (symbol["st_value"], symbol["st_size"])
                for symbol in (table.iter_symbols() if table else ())
                if symbol["st_info"]["bind"] == "STB_GLOBAL"
            }

    def content(self, address: int, size: int) -> bytes:
        """What is loaded at an address of the image."""
        for virtual, _, _, content in self._loaded:
            if 0 <= address - virtual < len(content):
                return content[address - virtual : address - virtual + size]
        return b""

    def text(self, address: int) -> str:
        """The text of the kernel's that begins there."""
        return self.content(address, LONGEST_TEXT).partition(b"\0")[0].decode("ascii", "replace")

    def physical(self, address: int) -> int | None:
        """Where an address of the image lies in memory."""
        for virtual, physical, in_memory, _ in self._loaded:
            if virtual <= address < virtual + in_memory:
                return address - virtual + physical
        return None

    def address(self, name: str) -> int:
        """The virtual address of a variable or function of the kernel."""
        return self._symbol(name)[0]

    def holds(self, name: str, address: int) -> bool:
        """Whether an address lies in that function."""
        begin, size = self._symbol(name)
        return begin <= address < begin + size

    def place(self, name: str) -> tuple[int, int]:
        """The physical address and the size of a variable of the kernel."""
        address, size = self._symbol(name)
        if (physical := self.physical(address)) is not None:
            return physical, size
        raise GraderError(f"{name} of {self.elf.name} is not loaded")

    def symbol_at(self, address: int) -> tuple[str, int] | None:
        """The function or variable at an address, and how far into it; that is also its end, as an array's."""
        at = bisect_right(self._named, (address, math.inf)) - 1
        for begin, size, name in self._named[max(0, at - 1) : at + 1][::-1]:
            if begin <= address <= begin + size:
                return name, address - begin
        return None

    def _symbol(self, name: str) -> tuple[int, int]:
        if name not in self.symbols:
            raise GraderError(f"{self.elf.name} has no symbol {name}")
        return self.symbols[name]

    @cached_property
    def _named(self) -> list[tuple[int, float, str]]:
        """Functions and variables by address: begin, size, name."""
        with self._opened() as elf:
            table = elf.get_section_by_name(".symtab")
            return sorted(
                (symbol["st_value"], symbol["st_size"], symbol.name)
                for symbol in (table.iter_symbols() if table else ())
                if symbol["st_info"]["type"] in ("STT_FUNC", "STT_OBJECT") and symbol["st_size"]
            )

    @cached_property
    def _loaded(self) -> list[tuple[int, int, int, bytes]]:
        """What is loaded: virtual address, physical address, size in memory, content."""
        with self._opened() as elf:
            return [
                (segment["p_vaddr"], segment["p_paddr"], segment["p_memsz"], segment.data())
                for segment in elf.iter_segments("PT_LOAD")
            ]
