"""One QEMU: started in a box, told what to do over its monitor, read out, and ended. It runs one test after another,
each from the same saved machine.
"""

import shutil
import signal
import socket
import time
from itertools import pairwise
from pathlib import Path

from ..errors import GraderError, HostTrouble
from ..host import confine, cputime, processes
from . import played, qmp
from .machine import NOTES, Ended, Inspection, Machine, Orders, create_disk, qemu, status_of
from .memory import Contents, Memory
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

# The variable from which the kernel reads its orders at its ready point, and the port that takes how it ends.
ORDERS = "held_orders"
ENDING = "ending"
# The function that pauses the machine when all is said, and its caller.
HARNESS = "_ZN4test3runERKN6kernel6OrdersE"
# The kernel's beginning: on core 0, and on another core.
BEGINNINGS = ("kernel_main", "_ZN12_GLOBAL__N_15beginEv")
# The largest file that QEMU may write: a saved machine without its memory has 0.9 MB.
STATE_BYTES = 4 << 20
READY = "ready"
MEMORY_BYTES = 8 << 30
# Limits behind the limits of each test, should those fail.
CPU_SECONDS = 3600
WALL_SECONDS = 3600.0
READY_SECONDS = 600.0
# How long QEMU may take for a command that it does at once on a quiet host.
ANSWER_SECONDS = 120.0
# The harness pauses the machine once before the kernel leaves.
PAUSES = 1


class Emulator:
    """A running QEMU whose machine stands still: before its first instruction, at its ready point, or where the last
    run ended. The caller must close it."""

    def __init__(self, machine: Machine, key: Key, folder: Path, state: Path | None) -> None:
        """`folder` is made. `state` is what another emulator of the same machine saved when it booted."""
        self.machine = machine
        self.folder = folder
        self.state = folder / "state.qcow2"
        self._qemu: int | None = None
        self._inspection: Inspection | None = None
        self._begin = time.monotonic()
        self._cpu_begin = 0.0
        folder.mkdir()
        if state is None:
            create_disk(self.state, "1M")
        else:
            shutil.copyfile(state, self.state)
        self.memory = Memory(machine.memory_mebibytes << 20)
        self._start(key)

    def _start(self, key: Key) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            descriptors = (theirs.fileno(), self.memory.descriptor)
            command = self._command(key, *descriptors)
            log = self.folder / "qemu"
            self._process = processes.start(command, log, pass_fds=descriptors)
        self.client = qmp.Client(ours)
        try:
            self.client.negotiate(ANSWER_SECONDS)
            # The memory is ours, so QEMU does not save it: savevm and loadvm then take milliseconds.
            ignored = {"capability": "x-ignore-shared", "state": True}
            self.client.execute("migrate-set-capabilities", capabilities=[ignored])
        except (qmp.Gone, TimeoutError) as error:
            self.close()
            complaint = processes.read_output(log).strip() or "no answer"
            raise HostTrouble(f"QEMU does not start: {complaint}") from error

    def close(self) -> None:
        """Ends QEMU and frees its memory."""
        processes.end(self._process)
        self.client.close()
        self.memory.close()

    def _command(self, key: Key, monitor: int, memory: int) -> list[str]:
        """QEMU, waiting at its first instruction until it is told what to do."""
        iso = confine.seen_at(self.machine.iso, "/stage.iso")
        inside = confine.seen_at(self.folder, "/machine")
        size = self.machine.memory_mebibytes
        program = qemu(iso, size, NOTES)
        for port in (*PORTS, ENDING):
            program += ["-chardev", f"file,id={port},path={inside}/{port},append=on"]
        for port in PORTS:
            program += ["-serial", f"chardev:{port}"]
        for name, text in (("key", key), ("hold", 1)):
            program += ["-fw_cfg", f"name=opt/pollux/{name},string={text}"]
        program += [
            "-object",
            f"memory-backend-file,id=m,mem-path=/dev/fd/{memory},size={size}M,share=on",
        ]
        program += ["-machine", "memory-backend=m"]
        program += ["-drive", f"if=none,format=qcow2,cache=unsafe,file={inside}/{self.state.name}"]
        program += ["-chardev", f"socket,id=monitor,fd={monitor}", "-mon", "monitor,mode=control"]
        program += ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny"]
        # The kernel pauses the machine: to be saved at its ready point, to be looked at, and when it has left.
        program += ["-action", "panic=pause", "-S"]
        limits = confine.Limits(CPU_SECONDS, MEMORY_BYTES, STATE_BYTES)
        binds = (
            confine.Bind(self.machine.iso, iso),
            confine.Bind(self.folder, inside, writable=True),
        )
        return confine.command(confine.Box(limits, binds), program)

    def boot(self) -> None:
        """Lets the machine begin, and saves it at its ready point. qmp.Gone when it ends before, TimeoutError when it
        does not get there."""
        self._continue()
        if self.client.wait_for_event(READY_SECONDS) is None:
            raise TimeoutError
        self._tell(f"savevm {READY}")

    def restore(self, memory: Contents) -> None:
        """Puts the machine back to its ready point, where its memory held this."""
        self.memory.fill(memory)
        for port in (*PORTS, ENDING):
            (self.folder / port).write_bytes(b"")
        self._tell(f"loadvm {READY}")

    def run(self, orders: Orders) -> Ended:
        """Goes on from the ready point, until the machine has ended, or never will by itself."""
        self._begin = time.monotonic()
        self._cpu_begin = self._computed()
        self._inspection = None
        at, size = self.machine.kernel.place(ORDERS)
        text = str(orders).encode()
        if len(text) >= size:
            raise GraderError("the orders are longer than the kernel has room for")
        self.memory.write(at, text)
        try:
            self._continue()
            stopped = self._watch(cpu_seconds_for(orders.limit_seconds))
        except qmp.Gone:
            return self.finish(None)
        except TimeoutError as error:
            raise GraderError("QEMU no longer answers") from error
        return self.finish(stopped, left=stopped is None)

    def _continue(self) -> None:
        self.client.listen("GUEST_PANICKED", "SUSPEND")
        self.client.execute("cont")

    def _tell(self, line: str) -> None:
        """Runs a command of QEMU's human monitor, which prints something only when it fails."""
        try:
            complaint = self.client.human(line, ANSWER_SECONDS).strip()
        except (qmp.Gone, TimeoutError) as error:
            raise GraderError(f"QEMU does not do {line}") from error
        if complaint:
            raise GraderError(f"QEMU does not do {line}: {complaint}")

    def _watch(self, cpu_seconds: int) -> Stopped | None:
        """Waits for the end of the run. None when the kernel has left, else why we must stop it."""
        looks: list[Look] = []
        while time.monotonic() - self._begin < WALL_SECONDS:
            if (event := self.client.wait_for_event(LOOK_SECONDS)) is not None:
                if event["event"] == "SUSPEND":
                    return Stopped.ASLEEP
                if self._read(ENDING):
                    return None
                self._inspect()
                if self._inspection and self._inspection.pauses > PAUSES:
                    return Stopped.PAUSED
                self.client.execute("cont")
                continue
            looks.append(self._look())
            if printed_too_much(self.folder):
                return Stopped.OUTPUT
            if (stopped := stuck(looks, cpu_seconds)) is not None:
                return stopped
        raise GraderError("the machine did not end within an hour")

    def _inspect(self) -> None:
        """The kernel has paused the machine, as it does after its last line. Looks whether the memory is as it must be."""
        pauses = self._inspection.pauses + 1 if self._inspection else 1
        parts = self.machine.kernel.constant_parts
        changes = (
            part.change(self.memory.read(part.physical, len(part.content))) for part in parts
        )
        changed_at = next((change for change in changes if change is not None), None)
        kernel = self.machine.kernel
        counts = played.read(kernel, self._image(*played.where(kernel)))
        self._inspection = Inspection(pauses, changed_at, counts, self._elsewhere())

    def _image(self, address: int, size: int) -> bytes:
        """What lies at an address of the kernel's image."""
        physical = self.machine.kernel.physical(address)
        return b"" if physical is None else self.memory.read(physical, size)

    def _elsewhere(self) -> int | None:
        """Where the processor is, unless that is in the harness, or in what it has called to pause the machine; and the
        harness was called by the kernel's beginning."""
        kernel = self.machine.kernel
        registers = self._registers()
        calls, frame = [int(registers.get("RIP", "0"), 16)], int(registers.get("RBP", "0"), 16)
        for _ in range(2):
            calls.append(int.from_bytes(self._image(frame + 8, 8), "little") - 1)
            frame = int.from_bytes(self._image(frame, 8), "little")
        for at, caller in pairwise(calls):
            begin = kernel.symbol_at(caller)
            if kernel.holds(HARNESS, at) and begin is not None and begin[0] in BEGINNINGS:
                return None
        return calls[0]

    def _computed(self) -> float:
        """The processor time of QEMU, in seconds."""
        if self._qemu is None:
            self._qemu = cputime.find(self._process.pid, "qemu-system")
        return (cputime.seconds(self._qemu) if self._qemu else None) or 0.0

    def _look(self) -> Look:
        registers = self._registers()
        interrupts_on = int(registers.get("RFL", "0"), 16) & 1 << 9 != 0
        halted_at = registers.get("RIP") if registers.get("HLT") == "1" else None
        return Look(halted_at, interrupts_on, self._computed() - self._cpu_begin)

    def _registers(self) -> dict[str, str]:
        text = self.client.human("info registers", ANSWER_SECONDS)
        pairs = (word.split("=", 1) for word in text.split() if word.count("=") == 1)
        return {name.replace("EIP", "RIP").replace("EFL", "RFL"): value for name, value in pairs}

    def _address(self) -> int | None:
        try:
            return int(self._registers()["RIP"], 16)
        except (qmp.Gone, TimeoutError, KeyError, ValueError):
            return None

    def finish(self, stopped: Stopped | None, *, left: bool = False) -> Ended:
        """Collects what the run left behind. QEMU is ended, unless the kernel has `left` and the machine stands still."""
        ending = self._read(ENDING)
        address = self._address() if stopped else None
        status = status_of(ending[0]) if left else self._end(stopped)
        signalled = -status if status < 0 else status - 128
        if stopped is None and signalled == signal.SIGXCPU:
            stopped = Stopped.CPU
        if stopped is None and printed_too_much(self.folder):
            stopped = Stopped.OUTPUT
        if stopped is None and len(ending) > 1:
            stopped = Stopped.LEFT_TWICE
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
            left=left and stopped is None,
        )

    def _end(self, stopped: Stopped | None) -> int:
        """The exit status of QEMU. When it closed its monitor by itself, it is given time to end by itself."""
        if stopped is None:
            try:
                self._process.wait(ANSWER_SECONDS)
            except processes.Timeout as error:
                raise GraderError("QEMU closed its monitor, but does not end") from error
        return processes.end(self._process)

    def _read(self, port: str) -> bytes:
        with (self.folder / port).open("rb") as file:
            return file.read(OUTPUT_BYTES)
