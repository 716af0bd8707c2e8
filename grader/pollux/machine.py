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
PORTS = ("console", "results")
# A port's output beyond this ends the machine: it comes from a loop, and nobody reads it.
OUTPUT_BYTES = 256 << 10
# A saved machine is a file as well.
SAVED_BYTES = 256 << 20
# Only a safety net, far beyond the kernel's own watchdog: the guest's time is what limits a test.
WALL_SECONDS = 120.0
# How often a running machine is looked at, and after how many looks at the same halt it is given up.
LOOK_SECONDS = 0.5
HALTED_LOOKS = 3
MONITOR_SECONDS = 5.0
START_SECONDS = 30.0


class Stopped(StrEnum):
    """Why the grader ended a machine that did not end by itself."""

    CPU = "it computed far longer than its guest time allows"
    WALL = "it was still running when the grader's own patience ended"
    OUTPUT = f"it printed more than {OUTPUT_BYTES >> 10} KiB"
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
        self._cpu_seconds = 5 + 2 * orders.limit_seconds
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
        for port in PORTS:
            program += ["-chardev", f"file,id={port},path={inside}/{port}"]
            program += ["-serial", f"chardev:{port}"]
        for name, text in self._texts.items():
            program += ["-fw_cfg", f"name=opt/pollux/{name},string={text}"]
        program += ["-chardev", f"socket,id=monitor,fd={monitor}", "-mon", "monitor,mode=control"]
        program += ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny"]
        program += ["-action", "panic=pause" if self._hold else "panic=none"]
        program += ["-incoming", "defer"] if incoming else ["-S"]
        file_bytes = SAVED_BYTES if self._hold else OUTPUT_BYTES
        limits = confine.Limits(self._cpu_seconds, 8 << 30, file_bytes)
        binds = (
            confine.Bind(self.machine.iso, iso),
            confine.Bind(self.folder, inside, writable=True),
        )
        return confine.command(confine.Box(limits, binds), program)

    def wait(self) -> Stopped | None:
        """Waits until the machine ends by itself, or until it never will."""
        halted_at: list[str | None] = []
        while True:
            try:
                self.client.wait_for_event(LOOK_SECONDS)
                halted_at = [*halted_at[1 - HALTED_LOOKS :], self._halted_at()]
            except qmp.Gone:
                return None
            except TimeoutError:
                halted_at = []
            if len(halted_at) == HALTED_LOOKS and halted_at[0] and len(set(halted_at)) == 1:
                return Stopped.HALTED
            if self._printed_too_much():
                return Stopped.OUTPUT
            if time.monotonic() - self._begin > WALL_SECONDS:
                return Stopped.WALL

    def _printed_too_much(self) -> bool:
        """Whether a port's file has grown to its limit, where QEMU drops what follows."""
        files = (self.folder / port for port in PORTS)
        return any(file.exists() and file.stat().st_size >= OUTPUT_BYTES for file in files)

    def _registers(self) -> dict[str, str]:
        text = self.client.human("info registers", MONITOR_SECONDS)
        pairs = (word.split("=", 1) for word in text.split() if word.count("=") == 1)
        return {name.replace("EIP", "RIP").replace("EFL", "RFL"): value for name, value in pairs}

    def _halted_at(self) -> str | None:
        """Where the processor is halted with interrupts off, if it is: no interrupt will ever wake it."""
        registers = self._registers()
        interrupts_on = int(registers.get("RFL", "0"), 16) & 1 << 9
        halted = registers.get("HLT") == "1" and not interrupts_on
        return registers.get("RIP") if halted else None

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
        if stopped is None and self._printed_too_much():
            stopped = Stopped.OUTPUT
        return Ended(
            status=status,
            shutdown=self.client.shutdown_reason,
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
