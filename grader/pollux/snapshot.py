"""A stage is booted once: the machine at its ready point is saved, and each test goes on from there.

The kernel, told to hold (fw_cfg opt/pollux/hold=1), pauses the machine before any of a student's code has run: an
exact instruction, the same every time. A restored machine finds other words in fw_cfg, and goes on.
"""

import hashlib
import os
import threading
from pathlib import Path
from typing import Any

from . import qmp
from .errors import GraderError
from .machine import Ended, Machine, Orders, Running, Stopped
from .siphash import Key

READY_SECONDS = 60.0


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
        running = Running(hardware, orders, key, folder, hold=False)
        descriptor = os.open(saved, os.O_RDONLY)
        stopped: Stopped | None = Stopped.WALL
        try:
            running.start(incoming=True)
            _restore(running.client, descriptor)
            stopped = running.wait()
        except qmp.Gone:
            stopped = None
        finally:
            os.close(descriptor)
            ended = running.finish(stopped)
        return ended

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
        folder = path.with_suffix(".boot")
        running = Running(hardware, Orders(()), Key(0, 0), folder, hold=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            running.start(incoming=False)
            running.client.listen("GUEST_PANICKED")
            running.client.execute("cont")
            _event(running.client)
            _migrate(running.client, "migrate", descriptor)
        except qmp.Gone as error:
            raise GraderError(_no_ready_point(running.finish(None))) from error
        except TimeoutError as error:
            raise GraderError(_no_ready_point(running.finish(Stopped.WALL))) from error
        finally:
            os.close(descriptor)
            running.finish(Stopped.WALL)
        return path


def _restore(client: qmp.Client, descriptor: int) -> None:
    try:
        _migrate(client, "migrate-incoming", descriptor)
        client.execute("cont")
    except TimeoutError as error:
        raise GraderError("QEMU could not restore the saved machine") from error


def _migrate(client: qmp.Client, command: str, descriptor: int) -> None:
    """Saves a machine to a file, or restores it from one, to the end."""
    events = [{"capability": "events", "state": True}]
    client.execute("migrate-set-capabilities", capabilities=events)
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
