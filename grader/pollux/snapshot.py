"""A stage is booted once: the machine at its ready point is saved, and each test goes on from there.

The kernel, told to hold (fw_cfg opt/pollux/hold=1), waits before any of a student's code has run, re-reading that word.
A restored machine finds other words in fw_cfg, and goes on.
"""

import hashlib
import os
import threading
import time
from pathlib import Path

from . import qmp
from .errors import GraderError
from .machine import Ended, Machine, Orders, Running, Stopped
from .siphash import Key

# What the kernel prints on the console once it holds.
READY = b"holding for the grader"
READY_SECONDS = 60.0
POLL_SECONDS = 0.002


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
        try:
            running.start(incoming=True, pass_fds=(descriptor,))
        finally:
            os.close(descriptor)
        stopped: Stopped | None = Stopped.WALL
        try:
            running.client.execute("migrate-incoming", uri=f"fd:{descriptor}")
            stopped = running.wait()
        except qmp.Gone:
            stopped = None
        finally:
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
            running.start(incoming=False, pass_fds=(descriptor,))
        finally:
            os.close(descriptor)
        try:
            running.client.execute("cont")
            self._await_ready(folder / "console")
            running.client.execute("migrate", uri=f"fd:{descriptor}")
            self._await_saved(running.client)
        except qmp.Gone as error:
            raise GraderError(_no_ready_point(running.finish(None))) from error
        except TimeoutError as error:
            raise GraderError(_no_ready_point(running.finish(Stopped.WALL))) from error
        finally:
            running.finish(Stopped.WALL)
        return path

    def _await_ready(self, console: Path) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while READY not in console.read_bytes():
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(POLL_SECONDS)

    def _await_saved(self, client: qmp.Client) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            status = client.execute("query-migrate").get("status")
            if status == "completed":
                return
            if status in ("failed", "cancelled"):
                raise GraderError("QEMU could not save the machine")
            time.sleep(POLL_SECONDS)
        raise TimeoutError


def _no_ready_point(ended: Ended) -> str:
    last = [line for line in ended.console.splitlines() if line.strip()][-3:]
    said = " / ".join(last) or ended.complaint or "nothing was printed"
    return f"the kernel did not reach its ready point (status {ended.status}): {said}"
