"""A stage is booted once: the machine at its ready point is saved, and each test goes on from there.

The kernel, told to hold (fw_cfg opt/pollux/hold=1), pauses the machine before any of a student's code has run: an
exact instruction, the same every time. What QEMU saves there (savevm) is its devices and its processor; the memory is
a file of ours. Before each test both are put back to what they were, and the test's orders are written into the memory.

QEMU's process needs longer to start than most tests to run, so one that has ended a test well begins the next: of the
machine in it nothing is left. One that ended otherwise is ended as well.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import GraderError, HostTrouble
from . import qmp
from .emulator import Emulator
from .machine import Ended, Machine, Orders, died
from .memory import Contents, Memory
from .siphash import Key

# So often the host may end a machine that boots.
MOST_TROUBLES = 3


@dataclass(frozen=True)
class _Saved:
    """A machine at its ready point: QEMU's part of it, and the memory."""

    state: Path
    memory: Contents


class Snapshots:
    """The saved machines of one image, one for each size of memory, and the emulators that they run in. Use it in a
    `with`: at its end every QEMU is ended. `run` may be called from any thread."""

    def __init__(self, key: Key, folder: Path) -> None:
        """`folder` is made; it takes the machines' files."""
        self.key = key
        self.folder = folder
        self._lock = threading.Lock()
        self._saving = threading.Lock()
        self._saved: dict[int, _Saved | GraderError] = {}
        self._idle: dict[int, list[Emulator]] = {}
        self._started = 0
        self._troubles = 0

    def __enter__(self) -> "Snapshots":
        self.folder.mkdir(parents=True)
        return self

    def __exit__(self, *error: object) -> None:
        for emulator in (emulator for idle in self._idle.values() for emulator in idle):
            emulator.close()

    def run(
        self, hardware: Machine, orders: Orders, look: Callable[[Memory], None] | None = None
    ) -> Ended:
        """Runs the orders in a machine that goes on from the ready point. `look` sees its memory when it has ended,
        however it did."""
        emulator = self._restored(hardware)
        with _closed_on_error(emulator):
            ended = emulator.run(orders)
            if look is not None:
                look(emulator.memory)
        if ended.left:
            emulator.memory.clear()
            self._put(emulator)
        else:
            emulator.close()
        return ended

    def _restored(self, hardware: Machine) -> Emulator:
        """An emulator whose machine is at its ready point: one that has been idle, if it still lives, or a new one."""
        saved = self._save(hardware)
        if (idle := self._take(hardware)) is not None:
            try:
                idle.restore(saved.memory)
                return idle
            except GraderError:  # the host has killed it while it was idle, so no test is concerned
                idle.close()
        emulator = self._start(hardware, saved.state)
        with _closed_on_error(emulator):
            emulator.restore(saved.memory)
        return emulator

    def _take(self, hardware: Machine) -> Emulator | None:
        with self._lock:
            idle = self._idle.get(hardware.memory_mebibytes)
            return idle.pop() if idle else None

    def _put(self, emulator: Emulator) -> None:
        with self._lock:
            self._idle.setdefault(emulator.machine.memory_mebibytes, []).append(emulator)

    def _start(self, hardware: Machine, state: Path | None) -> Emulator:
        with self._lock:
            self._started += 1
            folder = self.folder / str(self._started)
        return Emulator(hardware, self.key, folder, state)

    def _save(self, hardware: Machine) -> _Saved:
        """The saved machine of this size. The first thread that asks makes it, while the others wait."""
        with self._saving:
            size = hardware.memory_mebibytes
            if size not in self._saved:
                try:
                    self._saved[size] = self._make(hardware)
                except HostTrouble as error:
                    self._troubles += 1
                    if self._troubles < MOST_TROUBLES:
                        raise  # the next who asks tries again
                    self._saved[size] = error
                except GraderError as error:
                    self._saved[size] = error
            saved = self._saved[size]
        if isinstance(saved, GraderError):
            raise saved
        return saved

    def _make(self, hardware: Machine) -> _Saved:
        """Boots the machine, saves it, and leaves the emulator to the first test."""
        emulator = self._start(hardware, None)
        with _closed_on_error(emulator):
            try:
                emulator.boot()
            except qmp.Gone as error:
                ended = emulator.finish(None)
                kind = HostTrouble if died(ended.status) else GraderError
                raise kind(_no_ready_point(ended)) from error
            except TimeoutError as error:
                raise GraderError("the kernel did not reach its ready point") from error
            state = self.folder / f"{hardware.memory_mebibytes}.qcow2"
            shutil.copyfile(emulator.state, state)
            saved = _Saved(state, emulator.memory.contents())
        self._put(emulator)
        return saved


@contextmanager
def _closed_on_error(emulator: Emulator) -> Iterator[None]:
    try:
        yield
    except BaseException:
        emulator.close()
        raise


def _no_ready_point(ended: Ended) -> str:
    last = [line for line in ended.console.splitlines() if line.strip()][-3:]
    said = " / ".join(last) or ended.complaint or "nothing was printed"
    return f"the kernel did not reach its ready point (status {ended.status}): {said}"
