"""How much processor time a program has used: the same on a busy machine as on a quiet one, unlike wall time."""

import os
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


def _children(process: int) -> list[int]:
    try:
        words = (PROC / str(process) / "task" / str(process) / "children").read_text().split()
    except OSError:
        return []
    return [int(word) for word in words]


def _name(process: int) -> str:
    try:
        return (PROC / str(process) / "comm").read_text().strip()
    except OSError:
        return ""


def find(process: int, name: str) -> int | None:
    """The process whose name begins with `name`, among `process` and what it started."""
    if _name(process).startswith(name):
        return process
    for child in _children(process):
        found = find(child, name)
        if found is not None:
            return found
    return None


def seconds(process: int) -> float | None:
    """The processor time of all the threads of a process; None when it is gone."""
    try:
        text = (PROC / str(process) / "stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[
        2
    ].split()  # the fields after the name, which may hold spaces and parentheses
    return (int(fields[11]) + int(fields[12])) / TICKS
