"""When a machine will never end by itself. Nothing here goes by the clock on the wall: a busy host makes no verdict.

The guest's own time is what limits a test: the kernel's watchdog ends it and says where it was. What is here stands
behind that, for a machine whose watchdog was switched off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

PORTS = ("console", "results")
# A machine that writes more than this to a port is ended: it prints in a loop.
OUTPUT_BYTES = 256 << 10
# Seconds between two looks at a running machine, and how many looks at the same halt end it.
LOOK_SECONDS = 0.5
HALTED_LOOKS = 3
IDLE_LOOKS = 12
IDLE_CPU_SECONDS = 0.1


class Stopped(StrEnum):
    """Why the grader ended a machine that did not end by itself."""

    CPU = "it computed far longer than its guest time allows"
    OUTPUT = f"it printed more than {OUTPUT_BYTES >> 10} KiB"
    PAUSED = "it paused itself once more after the harness had been looked at"
    ASLEEP = "it put itself to sleep, and nothing would ever wake it"
    LEFT_TWICE = "it had left before, and went on"
    HALTED = "it halted, and nothing would ever wake it"
    TIME = "its guest time was over"


@dataclass(frozen=True)
class Look:
    """One look at a running machine."""

    halted_at: str | None
    interrupts_on: bool
    cpu_seconds: float


def cpu_seconds_for(guest_seconds: int) -> int:
    """How much processor time QEMU may use for a test: about ten times what an endless loop takes on a slow host to
    reach the guest's own limit."""
    return 5 + 2 * guest_seconds


def stuck(looks: Sequence[Look], cpu_seconds: int) -> Stopped | None:
    """Why a machine with these looks, oldest first, must be ended; None when it may go on."""
    if looks and looks[-1].cpu_seconds > cpu_seconds:
        return Stopped.CPU
    return Stopped.HALTED if _halted_for_good(looks) else None


def _halted_for_good(looks: Sequence[Look]) -> bool:
    """Virtual time jumps to the next timer at once, so a machine that waits for one is seen to compute. One that stays
    at its `hlt` with interrupts off, or stays there and computes nothing, waits for what cannot come.
    """
    deaf = looks[-HALTED_LOOKS:]
    if len(deaf) == HALTED_LOOKS and _same_halt(deaf) and not any(l.interrupts_on for l in deaf):
        return True
    idle = looks[-IDLE_LOOKS:]
    computed = idle[-1].cpu_seconds - idle[0].cpu_seconds if idle else 0.0
    return len(idle) == IDLE_LOOKS and _same_halt(idle) and computed < IDLE_CPU_SECONDS


def _same_halt(looks: Sequence[Look]) -> bool:
    return looks[0].halted_at is not None and len({look.halted_at for look in looks}) == 1


def printed_too_much(folder: Path) -> bool:
    """Whether the file of a port has reached its limit, after which QEMU drops all output."""
    files = (folder / port for port in PORTS)
    return any(file.exists() and file.stat().st_size >= OUTPUT_BYTES for file in files)
