"""Addresses to source lines, through llvm-symbolizer and the stage's debug information."""

import json
from collections.abc import Sequence
from pathlib import Path

from ..host import confine, processes
from ..host.toolchain import tool

PROGRAM = tool("llvm-symbolizer")
LIMITS = confine.Limits(cpu_seconds=20, memory_bytes=4 << 30, file_bytes=4 << 20)
SECONDS = 30.0


def source_lines(elf: Path, addresses: Sequence[int], root: Path, scratch: Path) -> dict[int, str]:
    """`file:line` of each address that has one. Empty when the program is not there."""
    if not addresses:
        return {}
    seen = confine.seen_at(elf, "/stage.elf")
    program = [PROGRAM, "--output-style=JSON", "--no-inlines", f"--obj={seen}"]
    program += [hex(address) for address in addresses]
    command = confine.command(confine.Box(LIMITS, (confine.Bind(elf, seen),)), program)
    finished = processes.run(command, scratch, seconds=SECONDS)
    if finished.status != 0:
        return {}
    return dict(_parse(finished.output, root))


def _parse(output: str, root: Path) -> list[tuple[int, str]]:
    found = []
    for line in output.splitlines():
        try:
            entries = json.loads(line)
        except ValueError:
            continue
        for entry in entries if isinstance(entries, list) else [entries]:
            for symbol in entry.get("Symbol", [])[:1]:
                if symbol.get("FileName"):
                    name = _in_tree(Path(symbol["FileName"]), root)
                    found.append((int(entry["Address"], 16), f"{name}:{symbol['Line']}"))
    return found


def _in_tree(path: Path, root: Path) -> Path:
    """The file's name in the tree, whatever folder the assembler or compiler put before it."""
    for start in range(len(path.parts)):
        name = Path(*path.parts[start:])
        if not name.is_absolute() and (root / name).is_file():
            return name
    return path
