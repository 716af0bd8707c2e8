"""The machine that a test runs in: QEMU with an instruction counter for a clock, so a run is the same on any host."""

import functools
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ..course.tree import Tree
from ..errors import GraderError
from .image import Image
from .patience import Stopped
from .played import Played

# One instruction is 2^5 virtual nanoseconds.
SHIFT = 5
# The device that takes how the kernel ends: it ends QEMU with that as its status, or it only records it.
LEAVES = "isa-debug-exit,iobase=0xf4,iosize=0x04"
NOTES = "isa-debugcon,iobase=0xf4,chardev=ending"


@dataclass(frozen=True)
class Machine:
    """A stage's image, and how much memory the machine has that boots it. `kernel` is what GRUB loads of the image: it
    is looked at before a verdict."""

    iso: Path
    memory_mebibytes: int
    kernel: Image


@dataclass(frozen=True)
class Orders:
    """What the kernel is told to do."""

    tests: tuple[str, ...]
    seed: int = 1
    limit_seconds: int = 10
    shift: int = SHIFT
    core: int = 0

    def __str__(self) -> str:
        words = [f"test={name}" for name in self.tests]
        words += [f"seed={self.seed}", f"shift={self.shift}", f"limit={self.limit_seconds}"]
        words += [f"core={self.core}"] if self.core else []
        return " ".join(words)


@dataclass(frozen=True)
class Inspection:
    """What was found in the memory of a machine that was paused for this look."""

    pauses: int
    # The first byte of the kernel's code or constants that is not what was loaded.
    changed_at: int | None
    played: Played | None = None  # the expectations that were evaluated, if their list can be read
    paused_at: int | None = None  # where else than at the harness's end the processor was


@dataclass(frozen=True)
class Ended:
    """How a machine ended, and what it said."""

    status: int
    shutdown: str | None
    stopped: Stopped | None
    results: bytes
    console: str
    complaint: str  # QEMU's own
    address: int | None  # where the processor was when we stopped it, if QEMU could tell
    seconds: float
    inspection: Inspection | None = None  # the look at its memory when the harness was done
    left: bool = False  # QEMU goes on: the kernel left it as it should, and it can run another


def died(status: int) -> bool:
    """Whether a signal has ended QEMU, which no kernel can do to it."""
    return status < 0 or 128 < status <= 128 + signal.SIGRTMAX


def status_of(ending: int) -> int:
    """The exit status that QEMU has after the kernel left through isa-debug-exit."""
    return ending << 1 | 1


@functools.cache
def pinned() -> tuple[str, ...]:
    """QEMU's options for the processor and the board that every verdict is about."""
    lines = (Tree.own().root / "arch/x86_64/qemu.args").read_text().splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())


def qemu(iso: Path, memory_mebibytes: int, debug_exit: str = LEAVES) -> list[str]:
    """QEMU's command, without the options that differ between runs. `debug_exit` is the device that takes how a run
    ends."""
    return [
        *("qemu-system-x86_64", *pinned(), "-icount", f"shift={SHIFT},sleep=off"),
        *("-rtc", "clock=vm,base=2026-01-01T00:00:00", "-m", str(memory_mebibytes)),
        *("-device", debug_exit),
        *("-device", "ib700", "-action", "watchdog=inject-nmi", "-device", "pvpanic"),
        *("-cdrom", str(iso), "-boot", "d"),
    ]


def create_disk(path: Path, size: str) -> None:
    """Makes an empty disk, to which QEMU can save a machine."""
    program = ["qemu-img", "create", "-q", "-f", "qcow2", str(path), size]
    try:
        subprocess.run(program, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise GraderError("qemu-img does not work; `grader/setup` installs it") from error
