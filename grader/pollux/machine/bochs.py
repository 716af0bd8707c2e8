"""Bochs: its configuration, its symbols, its command. What `make bochs` and the grader start is the same machine."""

import functools
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import GraderError
from ..host import confine, processes
from ..host.toolchain import tool

# In Bochs one instruction is one tick of time. With so many ticks in a second, an instruction takes as long as in the
# grader's QEMU.
TICKS_PER_SECOND = 1_000_000_000 >> 5
# One that has all that the kernel uses: bochs.conf. Others are tried by grader/tests/machine/test_bochs.py.
PROCESSOR = "corei7_icelake_u"
PARTS = Path("/usr/share/bochs")
TEMPLATE = Path("arch/x86_64/bochs.conf")
NAMES_SECONDS = 30.0
NAMES_LIMITS = confine.Limits(cpu_seconds=20, memory_bytes=4 << 30, file_bytes=16 << 20)


@dataclass(frozen=True)
class Files:
    """The files that a run of Bochs reads and writes, by the names that Bochs sees."""

    image: Path
    folder: Path

    @property
    def configuration(self) -> Path:
        return self.folder / "configuration"

    @property
    def commands(self) -> Path:
        return self.folder / "commands"

    @property
    def symbols(self) -> Path:
        return self.folder / "symbols"


def configuration(
    root: Path,
    files: Files,
    memory_mebibytes: int,
    *,
    stop_at_triple_fault: bool = False,
    processor: str = PROCESSOR,
) -> str:
    """The tree's bochs.conf, filled in. A triple fault ends Bochs, or stops in its debugger."""
    if not (PARTS / "BIOS-bochs-latest").exists():
        raise GraderError("Bochs is not installed; `grader/setup` installs what is missing")
    text = (root / TEMPLATE).read_text()
    values = {
        "IMAGE": str(files.image),
        "FOLDER": str(files.folder),
        "MEBIBYTES": str(memory_mebibytes),
        "PROCESSOR": processor,
        "TICKS": str(TICKS_PER_SECOND),
        "TRIPLE_FAULT": "report" if stop_at_triple_fault else "fatal",
    }
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


@functools.cache
def _debugger() -> tuple[str, ...]:
    """What has Bochs begin in its debugger: since release 2.8 it must be told, before it always does."""
    try:
        done = subprocess.run(["bochs", "--help"], capture_output=True, text=True, check=False)
    except OSError as error:
        raise GraderError(
            "Bochs is not installed; `grader/setup` installs what is missing"
        ) from error
    return ("-debugger",) if "-debugger" in done.stdout + done.stderr else ()


def command(files: Files, *, window: bool = False) -> list[str]:
    """Bochs has no display for a bare terminal, so its window goes to SDL's dummy driver unless it is wanted."""
    program = ["bochs", "-q", *_debugger(), "-f", str(files.configuration)]
    program += ["-rc", str(files.commands)]
    return program if window else ["env", "SDL_VIDEODRIVER=dummy", *program]


def read_symbols(elf: Path, scratch: Path) -> list[tuple[int, str]]:
    """The kernel's symbols of code and data, and their addresses."""
    seen = confine.seen_at(elf, "/stage.elf")
    program = [tool("llvm-nm"), "--demangle", "--numeric-sort", str(seen)]
    boxed = confine.command(confine.Box(NAMES_LIMITS, (confine.Bind(elf, seen),)), program)
    done = processes.run(boxed, scratch, seconds=NAMES_SECONDS)
    if done.status != 0:
        raise GraderError(f"the symbols of {elf.name} cannot be read: {done.output.strip()}")
    words = (line.split(" ", 2) for line in done.output.splitlines())
    return [(int(address, 16), name) for address, kind, name in words if kind in "tTdDbBrR"]


def address_of(symbols: Iterable[tuple[int, str]], name: str) -> int:
    """The address of the only symbol of this whole name."""
    found = {address for address, whole in symbols if whole == name}
    if len(found) != 1:
        raise GraderError(f"the kernel has {len(found) or 'no'} functions {name}")
    return found.pop()


def symbol_file(symbols: Iterable[tuple[int, str]]) -> str:
    """The symbols in the form that Bochs's `ldsym` reads, without spaces in names."""
    return "".join(f"{address:016x} {name.replace(' ', '_')}\n" for address, name in symbols)
