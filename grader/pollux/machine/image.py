"""A kernel's image: where its variables are, and what of it nothing may change while it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.constants import P_FLAGS
from elftools.elf.elffile import ELFFile

from ..errors import GraderError


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

    def place(self, name: str) -> tuple[int, int]:
        """The physical address and the size of a variable of the kernel."""
        if name not in self.symbols:
            raise GraderError(f"{self.elf.name} has no symbol {name}")
        address, size = self.symbols[name]
        with self._opened() as elf:
            for segment in elf.iter_segments("PT_LOAD"):
                if segment["p_vaddr"] <= address < segment["p_vaddr"] + segment["p_memsz"]:
                    return address - segment["p_vaddr"] + segment["p_paddr"], size
        raise GraderError(f"{name} of {self.elf.name} is not loaded")
