"""Addresses to source lines, through llvm-symbolizer and the stage's debug information."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..host import confine, processes
from ..host.toolchain import tool

PROGRAM = tool("llvm-symbolizer")
LIMITS = confine.Limits(cpu_seconds=20, memory_bytes=4 << 30, file_bytes=64 << 20)
SECONDS = 60.0
# More words than this do not fit on a command line.
ADDRESSES_AT_ONCE = 2000
# What a coroutine's function has behind its name: which part of it this is.
PART = re.compile(r"( \[clone [^\]]*\]| ?\(?\.(resume|destroy|cleanup)\)?)+$")


@dataclass(frozen=True)
class Source:
    """Where an address is in the source; `line` is file:line, both may be empty."""

    function: str
    line: str


def source_lines(elf: Path, addresses: Sequence[int], root: Path, scratch: Path) -> dict[int, str]:
    """`file:line` of each address that has one. Empty when the program is not there."""
    found = sources(elf, addresses, root, scratch)
    return {address: source.line for address, source in found.items() if source.line}


def sources(elf: Path, addresses: Sequence[int], root: Path, scratch: Path) -> dict[int, Source]:
    """Function and line of each address that has any: of the innermost call that is the student's own, since a call
    that was compiled in place may come from a header of ours, or of the compiler's."""
    found: dict[int, Source] = {}
    seen = confine.seen_at(elf, "/stage.elf")
    for begin in range(0, len(addresses), ADDRESSES_AT_ONCE):
        program = [PROGRAM, "--output-style=JSON", f"--obj={seen}"]
        program += [hex(address) for address in addresses[begin : begin + ADDRESSES_AT_ONCE]]
        command = confine.command(confine.Box(LIMITS, (confine.Bind(elf, seen),)), program)
        finished = processes.run(command, scratch, seconds=SECONDS)
        if finished.status != 0:
            return found
        found |= dict(_parse(finished.output, root))
    return found


def _parse(output: str, root: Path) -> Iterator[tuple[int, Source]]:
    for line in output.splitlines():
        try:
            entries = json.loads(line)
        except ValueError:
            continue
        for entry in entries if isinstance(entries, list) else [entries]:
            symbols = [_source(symbol, root) for symbol in entry.get("Symbol", [])]
            if symbols:
                yield int(entry["Address"], 16), min(symbols, key=_strangeness)


def _source(symbol: dict[str, Any], root: Path) -> Source:
    function = PART.sub("", _without_parameters(symbol.get("FunctionName", "")))
    name, line = symbol.get("FileName", ""), symbol.get("Line", 0)
    return Source(function, f"{_in_tree(Path(name), root)}:{line}" if name and line else "")


def _without_parameters(function: str) -> str:
    """The name alone, as a backtrace has it: `heap::allocate`, not its parameters too."""
    name = function.replace("(anonymous namespace)", "(anonymous_namespace)")
    for at, letter in enumerate(name):
        if letter == "(" and at > 0 and not name.startswith("(anonymous_namespace)", at):
            rest = PART.search(name)
            return name[:at] + (rest[0] if rest else "")
    return name


def _strangeness(source: Source) -> int:
    """The less the sooner it is shown; of equals the innermost."""
    path = Path(source.line.rpartition(":")[0])
    if not source.line or path.is_absolute():
        return 3
    if path.parts[0] == "labs":
        return 0
    return 2 if path.suffix == ".hpp" else 1


def _in_tree(path: Path, root: Path) -> Path:
    """The file's name in the tree, whatever folder the assembler or compiler put before it."""
    for start in range(len(path.parts)):
        name = Path(*path.parts[start:])
        if not name.is_absolute() and (root / name).is_file():
            return name
    return path
