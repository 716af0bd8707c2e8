"""A test in Bochs: one boot each, watched from Bochs's own debugger.

Bochs has neither QEMU's fw_cfg nor its isa-debug-exit nor a watchdog that says where. So the orders are written into
the image, and the debugger does the rest from outside, by a script: it stops where the harness begins, and from there
on counts the test's time; where a line is tagged it puts the key into the registers that hand it over, so that no
memory of the guest ever has it; where the kernel leaves it reads why. At each stop it writes out the kernel's code and
constants, which must still be what was loaded when the kernel leaves.
"""

import re
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..errors import GraderError
from ..host import confine, processes
from . import bochs, played
from .image import Image, Part
from .machine import Ended, Inspection, Machine, Orders
from .patience import OUTPUT_BYTES, Stopped, printed_too_much
from .played import Played
from .siphash import Key

# Where the debugger stops.
BEGIN = "test::run(kernel::Orders const&)"
TAG = "kernel::siphash(kernel::SipHashKey, std::__1::basic_string_view<char, std::__1::char_traits<char>>)"
LEAVE = "kernel::leave(kernel::Ending)"
# A run stops where it begins, where it tags its result and its end, where it leaves, or when its time is over.
STOPS = 5
# From power on to the harness, in seconds of the guest. It takes six, but the stop cannot be called off once it is set,
# so it must lie behind the end of the longest test.
BOOT_SECONDS = 60
# From a result to the end of the run.
LAST_SECONDS = 1
MEMORY_BYTES = 8 << 30
# What the image has reserved for the orders: see the Makefile's rule for it.
ORDERS = re.compile(rb'orders="[^"]*" *\n')
STOP = re.compile(r"^rdi: (\S+)$.*?^rip: (\S+)$", re.MULTILINE | re.DOTALL)
NO_RESOLUTION = "exception with no resolution"
SHUTDOWN = "Shutdown port: shutdown requested"


@dataclass(frozen=True)
class Places:
    """The addresses of what the debugger stops at."""

    begin: int
    tag: int
    leave: int


@dataclass(frozen=True)
class Halt:
    """One stop of the debugger: where, and the first argument of the function that begins there."""

    address: int
    argument: int


class BochsMachines:
    """Runs orders in machines of one image: for Bochs what Snapshots is for QEMU."""

    def __init__(self, root: Path, iso: Path, elf: Path, key: Key, folder: Path) -> None:
        self.root = root
        self.key = key
        self.folder = folder
        self.image = iso.read_bytes()
        if len(ORDERS.findall(self.image)) != 1:
            raise GraderError(f"{iso.name} has no place for orders")
        symbols = bochs.read_symbols(elf, folder.with_suffix(".symbols"))
        self.places = Places(*(bochs.address_of(symbols, name) for name in (BEGIN, TAG, LEAVE)))

    def run(self, hardware: Machine, orders: Orders) -> Ended:
        """Boots the machine with these orders, and waits for its end. One for each test."""
        begin = time.monotonic()
        folder = self.folder / "-".join(orders.tests)
        folder.mkdir(parents=True)
        iso = folder / "stage.iso"
        iso.write_bytes(with_orders(self.image, str(orders)))
        files = bochs.Files(
            confine.seen_at(iso, "/machine/stage.iso"), confine.seen_at(folder, "/machine")
        )
        parts = hardware.kernel.constant_parts
        looks = look_at(parts, played.where(hardware.kernel), files.folder)
        for name, text in {
            "configuration": bochs.configuration(self.root, files, hardware.memory_mebibytes),
            "commands": script(self.places, self.key, orders.limit_seconds, looks),
        }.items():
            (folder / name).write_text(text)
        cpu_seconds = cpu_seconds_for(orders.limit_seconds)
        box = confine.Box(
            confine.Limits(cpu_seconds, MEMORY_BYTES, max(OUTPUT_BYTES, len(self.image))),
            (confine.Bind(folder, files.folder, writable=True),),
        )
        command = confine.command(box, bochs.command(files))
        done = processes.run(command, folder / "bochs", seconds=3600.0)
        iso.unlink()
        return self._ended(done, folder, hardware.kernel, time.monotonic() - begin)

    def _ended(
        self, done: processes.Finished, folder: Path, kernel: Image, seconds: float
    ) -> Ended:
        halts = halts_in(done.output)
        log = _read(folder / "log").decode("utf-8", "replace")
        status, shutdown, stopped, address = _end(self.places, halts, log)
        if done.status in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
            stopped = Stopped.CPU
        if printed_too_much(folder):
            stopped = Stopped.OUTPUT
        return Ended(
            status=status,
            shutdown=shutdown,
            stopped=stopped,
            results=_read(folder / "results"),
            console=_read(folder / "console").decode("utf-8", "backslashreplace"),
            complaint=_last_words(done.output),
            address=address,
            seconds=seconds,
            inspection=inspection(
                self.places, halts, kernel.constant_parts, folder, partial(played.read, kernel)
            ),
        )


def cpu_seconds_for(guest_seconds: int) -> int:
    """How much Bochs may compute for a test: some five times what it needs. A processor that halts for good never comes
    back to the debugger, so this is what ends it."""
    return 10 + 2 * guest_seconds


def with_orders(image: bytes, orders: str) -> bytes:
    """The image with these orders written into the place that it reserves for them."""

    def written(match: re.Match[bytes]) -> bytes:
        text = f'orders="{orders}"'.encode()
        if len(text) >= len(match[0]):
            raise GraderError("the orders are longer than the image has room for")
        return text.ljust(len(match[0]) - 1) + b"\n"

    return ORDERS.sub(written, image)


def look_at(parts: Sequence[Part], counts: tuple[int, int], folder: Path) -> list[str]:
    """The debugger's commands that write out these parts of the guest's memory, and the counts of expectations."""
    places = [(part.virtual, len(part.content)) for part in parts]
    return [
        f'writemem "{folder / memory_name(number)}" 0x{address:x} {size}'
        for number, (address, size) in enumerate((*places, counts))
    ]


def memory_name(number: int) -> str:
    return f"memory-{number}"


def inspection(
    places: Places,
    halts: Sequence[Halt],
    parts: Sequence[Part],
    folder: Path,
    counts: Callable[[bytes], Played | None],
) -> Inspection | None:
    """What the memory held when the kernel left; None when it never left, or went on afterwards. `counts` reads those of
    the expectations, which were written out behind the parts."""
    if not halts or halts[-1].address != places.leave:
        return None
    changes = (
        part.change(_read(folder / memory_name(number))) for number, part in enumerate(parts)
    )
    changed_at = next((change for change in changes if change is not None), None)
    return Inspection(1, changed_at, counts(_read(folder / memory_name(len(parts)))))


def script(places: Places, key: Key, limit_seconds: int, looks: Sequence[str]) -> str:
    """The debugger's commands. They cannot ask where they are, so each stop gets the same: read, look, and hand over
    the key. Where the kernel leaves that does no harm: what it leaves with has been read.
    """
    hand_over = [f"set rdi = 0x{key.k0:x}", f"set rsi = 0x{key.k1:x}"]
    lines = [f"lb 0x{at:x}" for at in (places.begin, places.tag, places.leave)]
    lines += [f"sb {BOOT_SECONDS * bochs.TICKS_PER_SECOND}", "c", "r"]
    for seconds in (limit_seconds, *(LAST_SECONDS,) * (STOPS - 2)):
        lines += [f"sb {seconds * bochs.TICKS_PER_SECOND}", "c", "r", *looks, *hand_over]
    return "\n".join([*lines, "q", ""])


def halts_in(output: str) -> list[Halt]:
    """The stops, from what `r` printed at each."""
    return [Halt(_number(rip), _number(rdi)) for rdi, rip in STOP.findall(output)]


def _number(text: str) -> int:
    return int(text.replace("_", ""), 16)


def _end(
    places: Places, halts: Sequence[Halt], log: str
) -> tuple[int, str | None, Stopped | None, int | None]:
    """The end in QEMU's terms: exit status, reason of a shutdown, why we stopped it, and at which address."""
    if NO_RESOLUTION in log or [halt.address for halt in halts].count(places.begin) > 1:
        return 0, "guest-reset", None, None
    for halt in halts:
        if halt.address == places.leave:
            return (halt.argument & 0xFF) << 1 | 1, None, None, None
        if halt.address not in (places.begin, places.tag):
            return 0, None, Stopped.TIME, halt.address
    if SHUTDOWN in log:
        return 0, "guest-shutdown", None, None
    return 1, None, None, None


def _last_words(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip(" =")]
    return lines[-1] if lines else "it said nothing"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
