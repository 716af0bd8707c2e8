"""Addresses to source lines, through llvm-symbolizer and the stage's debug information."""

import json
from collections.abc import Sequence
from pathlib import Path

from . import confine, processes

PROGRAM = "llvm-symbolizer-19"
LIMITS = confine.Limits(cpu_seconds=20, memory_bytes=4 << 30, file_bytes=4 << 20)
SECONDS = 30.0


def source_lines(elf: Path, addresses: Sequence[int], root: Path, scratch: Path) -> dict[int, str]:
    """`function at file:line` for each address that has one. Empty when the program is not there."""
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
            entry = json.loads(line)
            address, symbols = int(entry["Address"], 16), entry["Symbol"]
        except (ValueError, KeyError):
            continue
        for item in (symbols if isinstance(symbols, list) else [symbols])[:1]:
            if item.get("FileName"):
                name = item["FileName"].removeprefix(f"{root}/").removeprefix("./")
                found.append((address, f"{item['FunctionName']} at {name}:{item['Line']}"))
    return found
