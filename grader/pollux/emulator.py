"""One running QEMU: started in a box, told what to do over its monitor, ended and read out."""

import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from . import confine, cputime, processes, qmp
from .errors import GraderError
from .image import Part
from .machine import Ended, Inspection, Machine, Orders, memory_file, qemu
from .patience import (
    LOOK_SECONDS,
    OUTPUT_BYTES,
    PORTS,
    Look,
    Stopped,
    cpu_seconds_for,
    printed_too_much,
    stuck,
)
from .siphash import Key

# A saved machine is a file as well.
SAVED_BYTES = 256 << 20
MEMORY_BYTES = 8 << 30
# How long QEMU may take for what it does at once, on a host that has a hundred other things to do.
ANSWER_SECONDS = 120.0
WALL_SECONDS = 3600.0
# The harness pauses the machine once. A piece of its memory that is looked at fits into a file that QEMU may write.
PAUSES = 1
PIECE_BYTES = OUTPUT_BYTES // 2


class Emulator:
    """Use it in a `with`: however that ends, no QEMU stays behind."""

    def __init__(
        self,
        machine: Machine,
        orders: Orders,
        key: Key,
        folder: Path,
        *,
        memory: Path | None = None,
        hold: bool = False,
    ) -> None:
        """`memory` is the file of the machine's memory: one that is held leaves it there, another begins with it."""
        self.machine = machine
        self.folder = folder
        self.memory = memory
        self._texts = {"orders": str(orders), "key": str(key), "hold": "1" if hold else "0"}
        self._hold = hold
        self._cpu_seconds = cpu_seconds_for(orders.limit_seconds)
        self._qemu: int | None = None
        self._inspection: Inspection | None = None
        self._begin = time.monotonic()

    def __enter__(self) -> "Emulator":
        self.folder.mkdir(parents=True)
        ours, theirs = socket.socketpair()
        with theirs:
            command = self._command(theirs.fileno())
            log = self.folder / "qemu"
            self._process = processes.start(command, log, pass_fds=(theirs.fileno(),))
        self.client = qmp.Client(ours)
        try:
            self.client.negotiate(ANSWER_SECONDS)
        except (qmp.Gone, TimeoutError) as error:
            self.__exit__()
            complaint = processes.read_output(log).strip() or "no answer"
            raise GraderError(f"QEMU does not start: {complaint}") from error
        return self

    def __exit__(self, *error: object) -> None:
        processes.end(self._process)
        self.client.close()

    def _command(self, monitor: int) -> list[str]:
        """QEMU, waiting at its first instruction until it is told what to do."""
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
        # The kernel pauses the machine twice: to be saved at its ready point, and to be looked at when it is done.
        program += ["-action", "panic=pause"]
        program += ["-S"] if self._hold else ["-incoming", "defer"]
        saved_bytes = SAVED_BYTES + (self.machine.memory_mebibytes << 20)
        file_bytes = saved_bytes if self._hold else OUTPUT_BYTES
        limits = confine.Limits(2 * self._cpu_seconds, MEMORY_BYTES, file_bytes)
        binds = [
            confine.Bind(self.machine.iso, iso),
            confine.Bind(self.folder, inside, writable=True),
        ]
        if self.memory is not None:
            memory = confine.seen_at(self.memory, "/memory")
            size = self.machine.memory_mebibytes
            program += memory_file(memory, size, shared=self._hold)
            # QEMU opens it for writing in any case; a machine that is not held maps it privately.
            binds.append(confine.Bind(self.memory, memory, writable=True))
        return confine.command(confine.Box(limits, tuple(binds)), program)

    def go(self, begin: Callable[[qmp.Client], object]) -> Ended:
        """Lets the machine begin, and waits until it has ended, or never will by itself."""
        try:
            begin(self.client)
            stopped = self._watch()
        except qmp.Gone:
            stopped = None
        except TimeoutError as error:
            raise GraderError("QEMU no longer answers") from error
        return self.finish(stopped)

    def _watch(self) -> Stopped:
        looks: list[Look] = []
        while time.monotonic() - self._begin < WALL_SECONDS:
            if self.client.wait_for_event(LOOK_SECONDS) is not None:
                self._inspect()
                if self._inspection and self._inspection.pauses > PAUSES:
                    return Stopped.PAUSED
                continue
            looks.append(self._look())
            if printed_too_much(self.folder):
                return Stopped.OUTPUT
            if (stopped := stuck(looks, self._cpu_seconds)) is not None:
                return stopped
        raise GraderError("the machine did not end within an hour")

    def _inspect(self) -> None:
        """The kernel has paused the machine, as it does when all is said: nothing moves, so its memory tells the truth."""
        pauses = self._inspection.pauses + 1 if self._inspection else 1
        parts = self.machine.image.constant_parts if self.machine.image else ()
        changes = (part.change(self._memory(part)) for part in parts)
        changed_at = next((change for change in changes if change is not None), None)
        self._inspection = Inspection(pauses, changed_at)
        self.client.execute("cont")

    def _memory(self, part: Part) -> bytes:
        """What the machine's memory holds where the part was loaded. QEMU's files are small, so piece by piece."""
        name = "memory"
        inside = confine.seen_at(self.folder, "/machine") / name
        found = bytearray()
        while len(found) < len(part.content):
            size = min(PIECE_BYTES, len(part.content) - len(found))
            begin = part.physical + len(found)
            self.client.execute("pmemsave", val=begin, size=size, filename=str(inside))
            found += (self.folder / name).read_bytes()
        (self.folder / name).unlink(missing_ok=True)
        return bytes(found)

    def _look(self) -> Look:
        if self._qemu is None:
            self._qemu = cputime.find(self._process.pid, "qemu-system")
        registers = self._registers()
        interrupts_on = int(registers.get("RFL", "0"), 16) & 1 << 9 != 0
        halted_at = registers.get("RIP") if registers.get("HLT") == "1" else None
        computed = cputime.seconds(self._qemu) if self._qemu else None
        return Look(halted_at, interrupts_on, computed or 0.0)

    def _registers(self) -> dict[str, str]:
        text = self.client.human("info registers", ANSWER_SECONDS)
        pairs = (word.split("=", 1) for word in text.split() if word.count("=") == 1)
        return {name.replace("EIP", "RIP").replace("EFL", "RFL"): value for name, value in pairs}

    def _address(self) -> int | None:
        try:
            return int(self._registers()["RIP"], 16)
        except (qmp.Gone, TimeoutError, KeyError, ValueError):
            return None

    def finish(self, stopped: Stopped | None) -> Ended:
        """Ends QEMU if it still runs, and collects what it left."""
        address = self._address() if stopped else None
        if stopped is None:
            self._let_end()
        status = processes.end(self._process)
        signalled = -status if status < 0 else status - 128
        if stopped is None and signalled == signal.SIGXCPU:
            stopped = Stopped.CPU
        if stopped is None and printed_too_much(self.folder):
            stopped = Stopped.OUTPUT
        return Ended(
            status=status,
            shutdown=self.client.shutdown_reason,
            stopped=stopped,
            results=self._read("results"),
            console=self._read("console").decode("utf-8", "backslashreplace"),
            complaint=processes.read_output(self.folder / "qemu").strip(),
            address=address,
            seconds=time.monotonic() - self._begin,
            inspection=self._inspection,
        )

    def _let_end(self) -> None:
        """QEMU has closed its monitor: it has a moment to end by itself, with its own status."""
        try:
            self._process.wait(ANSWER_SECONDS)
        except processes.Timeout as error:
            raise GraderError("QEMU closed its monitor, but does not end") from error

    def _read(self, port: str) -> bytes:
        try:
            return (self.folder / port).read_bytes()
        except FileNotFoundError:
            return b""
