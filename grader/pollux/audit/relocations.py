"""What an object has the linker fill in: the address of something by its name, never of something beside it. An address
with an addend reaches what the contract does not offer, by way of what it does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .elf import (
    FUNCTION,
    OF_A_SECTION,
    R_32,
    R_32S,
    R_64,
    RELATIVE,
    UNDEFINED,
    Elf,
    Relocation,
    Symbol,
)

KINDS = (R_64, R_32, R_32S, *RELATIVE)
# Between the place that is filled in and the end of its instruction, from where it is counted: itself, and a number.
DISTANCES = (4, 5, 6, 8)
# `table[i - 1]` is compiled to an address a little before the table, and an index.
SLACK = 64
OWN_SLACK = 4096
# A core's own variable is reached through gs, from so far beside its name (arch/x86_64/per_core.hpp).
PER_CORE = ".per_core"
PER_CORE_ADDED = 1 << 30


@dataclass(frozen=True)
class Known:
    """A symbol of the kernel's or the layer's: whether it is a function, its size, and what is added to its address."""

    is_function: bool
    size: int
    added: int = 0


def known(elf: Elf) -> dict[str, Known]:
    return {
        symbol.name: Known(
            symbol.kind == FUNCTION,
            symbol.size,
            PER_CORE_ADDED if _section_of(elf, symbol) == PER_CORE else 0,
        )
        for symbol in elf.symbols
        if symbol.name and symbol.section != UNDEFINED
    }


def _section_of(elf: Elf, symbol: Symbol) -> str:
    return elf.sections[symbol.section].name if symbol.section < len(elf.sections) else ""


def astray(elf: Elf, others: Mapping[str, Known]) -> Iterator[tuple[str, int]]:
    """The names that are used with an addend that leads elsewhere, and that addend."""
    starts = {(symbol.section, symbol.value) for symbol in elf.symbols if symbol.kind == FUNCTION}
    for each in elf.relocations():
        if each.section.name.startswith(".eh_frame"):
            continue
        if each.kind not in KINDS or not _leads_there(elf, each, others, starts):
            name = each.symbol.name
            if each.symbol.kind == OF_A_SECTION:
                name = elf.sections[each.symbol.section].name
            yield name, each.addend


def _leads_there(
    elf: Elf, each: Relocation, others: Mapping[str, Known], starts: set[tuple[int, int]]
) -> bool:
    distances = DISTANCES if each.kind in RELATIVE else (0,)
    offsets = [each.addend + distance for distance in distances]
    symbol = each.symbol
    if symbol.section == UNDEFINED:
        other = others.get(symbol.name, Known(True, 0))
        if other.is_function:
            return offsets[0] == 0
        slack = SLACK if each.kind == R_32S else 0
        offsets = [offset - other.added for offset in offsets]
        return any(-slack <= offset < max(other.size, 1) for offset in offsets)
    if symbol.section >= len(elf.sections):  # an absolute number, or one of the file
        return False
    target = elf.sections[symbol.section]
    places = [symbol.value + offset for offset in offsets]
    if target.is_code:
        if each.section.is_code or symbol.kind != OF_A_SECTION:
            return (symbol.section, places[0]) in starts
        return 0 <= places[0] < target.size  # a table of jumps
    slack = OWN_SLACK if each.kind == R_32S else 0
    return any(-slack <= place <= target.size + slack for place in places)
