"""A stage is booted once: the machine at its ready point is saved, and each test goes on from there.

The kernel, told to hold (fw_cfg opt/pollux/hold=1), pauses the machine before any of a student's code has run: an
exact instruction, the same every time. A restored machine finds other words in fw_cfg, and goes on.

The machine's memory is a file that the held machine writes and every other one maps privately, so that only the pages
that a test touches are ever copied; what QEMU saves and restores is the rest, 0.3 MB.
"""

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import qmp
from .emulator import Emulator
from .errors import GraderError
from .machine import Ended, Machine, Orders
from .siphash import Key

READY_SECONDS = 600.0


class Snapshots:
    """The saved machines of one image, one for each size of memory."""

    def __init__(self, iso: Path, folder: Path) -> None:
        self.folder = folder
        self._name = hashlib.sha256(iso.read_bytes()).hexdigest()[:16]
        self._lock = threading.Lock()
        self._saved: dict[int, Path | GraderError] = {}

    def run(self, hardware: Machine, orders: Orders, key: Key, folder: Path) -> Ended:
        """Runs the orders in a machine that goes on from the ready point."""
        saved = self._save(hardware)
        memory = _memory(saved)
        with _opened(saved, os.O_RDONLY) as file, Emulator(
            hardware, orders, key, folder, memory=memory
        ) as emulator:
            return emulator.go(lambda client: _restore(client, file))

    def _save(self, hardware: Machine) -> Path:
        """The saved machine of this size; made by the first who asks, while the others wait."""
        with self._lock:
            size = hardware.memory_mebibytes
            if size not in self._saved:
                try:
                    self._saved[size] = self._make(hardware, self.folder / f"{self._name}-{size}")
                except GraderError as error:
                    self._saved[size] = error
            saved = self._saved[size]
        if isinstance(saved, GraderError):
            raise saved
        return saved

    def _make(self, hardware: Machine, path: Path) -> Path:
        memory = _memory(path)
        self.folder.mkdir(exist_ok=True)
        memory.touch()
        folder = path.with_suffix(".boot")
        boot = Emulator(hardware, Orders(()), Key(0, 0), folder, memory=memory, hold=True)
        with boot as emulator, _opened(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC) as file:
            try:
                emulator.client.listen("GUEST_PANICKED")
                emulator.client.execute("cont")
                _event(emulator.client)
                _migrate(emulator.client, "migrate", file)
            except qmp.Gone as error:
                raise GraderError(_no_ready_point(emulator.finish(None))) from error
            except TimeoutError as error:
                raise GraderError("the kernel did not reach its ready point") from error
        return path


def _memory(saved: Path) -> Path:
    return saved.with_suffix(".memory")


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _restore(client: qmp.Client, descriptor: int) -> None:
    _migrate(client, "migrate-incoming", descriptor)
    client.listen("GUEST_PANICKED")
    client.execute("cont")


def _migrate(client: qmp.Client, command: str, descriptor: int) -> None:
    """Saves a machine to a file, or restores it from one, to the end."""
    wanted = ("events", "x-ignore-shared")
    capabilities = [{"capability": name, "state": True} for name in wanted]
    client.execute("migrate-set-capabilities", capabilities=capabilities)
    client.execute("getfd", descriptor=descriptor, fdname="saved")
    client.listen("MIGRATION")
    client.execute(command, uri="fd:saved")
    while True:
        status = _event(client)["data"]["status"]
        if status == "completed":
            client.listen()
            return
        if status == "failed":
            raise GraderError("QEMU could not save or restore the machine")


def _event(client: qmp.Client) -> dict[str, Any]:
    event = client.wait_for_event(READY_SECONDS)
    if event is None:
        raise TimeoutError
    return event


def _no_ready_point(ended: Ended) -> str:
    last = [line for line in ended.console.splitlines() if line.strip()][-3:]
    said = " / ".join(last) or ended.complaint or "nothing was printed"
    return f"the kernel did not reach its ready point (status {ended.status}): {said}"
