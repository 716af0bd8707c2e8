"""The machine that a test runs in: QEMU with an instruction counter for a clock, so a run is the same on any host."""

import signal
import socket
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from . import confine, processes, qmp
from .errors import GraderError
from .siphash import Key

# One instruction is 2^5 virtual nanoseconds.
SHIFT = 5
# A port's output beyond this ends the machine: nobody reads it, and it comes from a loop.
OUTPUT_BYTES = 4 << 20
# Only a safety net, far beyond the kernel's own watchdog: the guest's time is what limits a test.
WALL_SECONDS = 120.0
LOOK_SECONDS = 3.0
START_SECONDS = 30.0


class Stopped(StrEnum):
    """Why the grader ended a machine that did not end by itself."""

    CPU = "it computed far longer than its guest time allows"
    WALL = "it was still running when the grader's own patience ended"
    OUTPUT = f"it printed more than {OUTPUT_BYTES >> 20} MiB"
    HALTED = "it halted with interrupts off"


@dataclass(frozen=True)
class Orders:
    """What the kernel is told to do."""

    tests: tuple[str, ...]
    seed: int = 1
    limit_seconds: int = 10

    def __str__(self) -> str:
        words = [f"test={name}" for name in self.tests]
        words += [f"seed={self.seed}", f"shift={SHIFT}", f"limit={self.limit_seconds}"]
        return " ".join(words)


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


@dataclass(frozen=True)
class Machine:
    """A stage's image, and how much memory the machine has that boots it."""

    iso: Path
    memory_mebibytes: int


class Running:
    """One QEMU. `start` it, talk to `client`, and always `finish` it."""

    def __init__(
        self, machine: Machine, orders: Orders, key: Key, folder: Path, hold: bool
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.machine = machine
        self._texts = {"orders": str(orders), "key": str(key), "hold": "1" if hold else "0"}
        self._hold = hold
        self._cpu_seconds = 20 + 4 * orders.limit_seconds
        self._begin = time.monotonic()

    def start(self, *, incoming: bool) -> None:
        """Starts QEMU up to the point where `client` can tell it to go on."""
        ours, theirs = socket.socketpair()
        with theirs:
            command = self._command(theirs.fileno(), incoming)
            self._process = processes.start(
                command, self.folder / "qemu", pass_fds=(theirs.fileno(),)
            )
        self.client = qmp.Client(ours)
        try:
            self.client.negotiate(START_SECONDS)
        except (qmp.Gone, TimeoutError) as error:
            ended = self.finish(None)
            raise GraderError(f"QEMU does not start: {ended.complaint or 'no answer'}") from error

    def _command(self, monitor: int, incoming: bool) -> list[str]:
        iso = confine.seen_at(self.machine.iso, "/stage.iso")
        inside = confine.seen_at(self.folder, "/machine")
        program = qemu(iso, self.machine.memory_mebibytes)
        for port in ("console", "results"):
            program += ["-chardev", f"file,id={port},path={inside}/{port}"]
            program += ["-serial", f"chardev:{port}"]
        for name, text in self._texts.items():
            program += ["-fw_cfg", f"name=opt/pollux/{name},string={text}"]
        program += ["-chardev", f"socket,id=monitor,fd={monitor}", "-mon", "monitor,mode=control"]
        program += ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny"]
        program += ["-action", "panic=pause" if self._hold else "panic=none"]
        program += ["-incoming", "defer"] if incoming else ["-S"]
        limits = confine.Limits(self._cpu_seconds, 8 << 30, OUTPUT_BYTES)
        binds = (
            confine.Bind(self.machine.iso, iso),
            confine.Bind(self.folder, inside, writable=True),
        )
        return confine.command(confine.Box(limits, binds), program)

    def wait(self) -> Stopped | None:
        """Waits until the machine ends by itself, or until it never will."""
        while True:
            try:
                self.client.wait_for_event(frozenset(), LOOK_SECONDS)
                if self._halted():
                    return Stopped.HALTED
            except qmp.Gone:
                return None
            except TimeoutError:
                pass
            if time.monotonic() - self._begin > WALL_SECONDS:
                return Stopped.WALL

    def _registers(self) -> dict[str, str]:
        text = self.client.human("info registers", LOOK_SECONDS)
        pairs = (word.split("=", 1) for word in text.split() if word.count("=") == 1)
        return {name: value for name, value in pairs}

    def _halted(self) -> bool:
        """Halted with interrupts off, twice at the same place: only a reset could wake it, and none will come."""
        interrupt_flag = 1 << 9
        first, second = self._registers(), self._registers()
        return (
            first.get("HLT") == "1"
            and first.get("RIP") == second.get("RIP")
            and not int(first.get("RFL", "200"), 16) & interrupt_flag
        )

    def _address(self) -> int | None:
        try:
            return int(self._registers()["RIP"], 16)
        except (qmp.Gone, TimeoutError, KeyError, ValueError):
            return None

    def finish(self, stopped: Stopped | None) -> Ended:
        """Ends QEMU if it still runs, and collects what it left."""
        address = self._address() if stopped else None
        if stopped is None and self._left_alone():
            stopped = Stopped.WALL
        status = processes.end(self._process)
        self.client.close()
        signalled = -status if status < 0 else status - 128
        if stopped is None and signalled == signal.SIGXCPU:
            stopped = Stopped.CPU
        if stopped is None and signalled == signal.SIGXFSZ:
            stopped = Stopped.OUTPUT
        return Ended(
            status=status,
            shutdown=self.client.shutdown_reason(),
            stopped=stopped,
            results=_bytes(self.folder / "results"),
            console=_bytes(self.folder / "console").decode("utf-8", "backslashreplace"),
            complaint=processes.read_output(self.folder / "qemu").strip(),
            address=address,
            seconds=time.monotonic() - self._begin,
        )

    def _left_alone(self) -> bool:
        """Whether QEMU hangs after it closed its monitor; it has a moment to end."""
        try:
            self._process.wait(10)
        except processes.Timeout:
            return True
        return False


def qemu(iso: Path, memory_mebibytes: int) -> list[str]:
    """The machine, without what differs between two runs."""
    return [
        *("qemu-system-x86_64", "-accel", "tcg", "-icount", f"shift={SHIFT},sleep=off"),
        *("-rtc", "clock=vm,base=2026-01-01T00:00:00", "-cpu", "max", "-m", str(memory_mebibytes)),
        *("-nodefaults", "-vga", "none", "-display", "none", "-no-reboot"),
        *("-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"),
        *("-device", "ib700", "-action", "watchdog=inject-nmi", "-device", "pvpanic"),
        *("-cdrom", str(iso), "-boot", "d"),
    ]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def boot(machine: Machine, orders: Orders, key: Key, folder: Path) -> Ended:
    """Boots a machine of its own for the orders, and waits for its end."""
    running = Running(machine, orders, key, folder, hold=False)
    running.start(incoming=False)
    stopped: Stopped | None = Stopped.WALL
    try:
        running.client.execute("cont")
        stopped = running.wait()
    except qmp.Gone:
        stopped = None
    finally:
        ended = running.finish(stopped)
    return ended
