"""Other programs: started without a shell, bounded in time, and never left behind."""

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..errors import GraderError

Timeout = subprocess.TimeoutExpired

# How much of a program's output is read; the rest is ignored.
OUTPUT_BYTES = 1 << 20

_running: set[subprocess.Popen[bytes]] = set()
_lock = threading.Lock()
_stopping = threading.Event()


@dataclass(frozen=True)
class Finished:
    """How a program ended. `status` is negative for a signal; `timed_out` when we had to end it."""

    status: int
    output: str
    seconds: float
    timed_out: bool


# What other programs see of our environment. All else could change what they make: OUT, ORDERS or MAKEFLAGS a stage,
# CPLUS_INCLUDE_PATH what is compiled.
PASSED_ON = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "TERM",
    "DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
)


def environment() -> dict[str, str]:
    """Ours, as far as it says who and where we are, and in plain English."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.startswith("POLLUX_")
    }
    return kept | {"LC_ALL": "C.UTF-8"}


def in_foreground(command: Sequence[str], stderr: IO[bytes] | None = None) -> int:
    """Runs a program on this terminal and returns its status. Ctrl-C goes to the program alone."""
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        return subprocess.run(command, stderr=stderr, check=False).returncode
    finally:
        signal.signal(signal.SIGINT, before)


def start(
    command: Sequence[str],
    output: Path,
    *,
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Starts a program in a session of its own, with its output in a file. The caller must pass it to `end`."""
    with _lock, output.open("wb") as sink:
        if _stopping.is_set():
            raise GraderError("the grader was interrupted")
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=environment(),
                pass_fds=pass_fds,
                start_new_session=True,
            )
        except OSError as error:
            raise GraderError(f"{command[0]} cannot be started: {error.strerror}") from error
        _running.add(process)
        return process


def end(process: subprocess.Popen[bytes]) -> int:
    """Kills a program and its children if they still run, and returns its exit status."""
    if process.poll() is None:
        _kill(process)
    status = process.wait()
    with _lock:
        _running.discard(process)
    return status


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def end_all() -> None:
    """Kills every program that still runs and lets no other start, because the grader is about to end."""
    _stopping.set()
    with _lock:
        left = list(_running)
    for process in left:
        _kill(process)


def stopping() -> bool:
    """Whether the grader is about to end. A program that ends now was killed by us, which says nothing about it."""
    return _stopping.is_set()


def read_output(path: Path) -> str:
    with path.open("rb") as stream:
        return stream.read(OUTPUT_BYTES).decode("utf-8", "replace")


@dataclass(frozen=True)
class Captured:
    """What a program wrote to its two outputs. `too_much` when it wrote more than was read."""

    status: int
    output: bytes
    complaint: str
    timed_out: bool
    too_much: bool


def capture(
    command: Sequence[str], given: IO[bytes], *, seconds: float, most_bytes: int
) -> Captured:
    """Runs a program on an open file, and keeps what it writes in memory: a full disk changes nothing of it."""
    complaint = bytearray()
    with _lock:
        if _stopping.is_set():
            raise GraderError("the grader was interrupted")
        try:
            process = subprocess.Popen(
                command,
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise GraderError(f"{command[0]} cannot be started: {error.strerror}") from error
        _running.add(process)
    assert process.stdout is not None and process.stderr is not None
    output, timed_out, too_much = bytearray(), False, False
    deadline = time.monotonic() + seconds
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ, output)
            selector.register(process.stderr, selectors.EVENT_READ, complaint)
            while selector.get_map() and not (timed_out or too_much):
                for key, _ in selector.select(max(0.0, deadline - time.monotonic())):
                    data = os.read(key.fd, 1 << 16)
                    if data:
                        key.data.extend(data)
                    else:
                        selector.unregister(key.fileobj)
                timed_out = time.monotonic() > deadline
                too_much = len(output) > most_bytes or len(complaint) > OUTPUT_BYTES
        if not (timed_out or too_much):
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                timed_out = True
    finally:
        process.stdout.close()
        process.stderr.close()
        status = end(process)
    words = bytes(complaint).decode("utf-8", "replace")
    return Captured(status, bytes(output), words, timed_out, too_much)


def run(
    command: Sequence[str],
    output: Path,
    *,
    seconds: float,
    cwd: Path | None = None,
    tick: Callable[[], None] = lambda: None,
) -> Finished:
    """Runs a program to its end, at most `seconds` of wall-clock time. `tick` is called while it runs."""
    begin = time.monotonic()
    process = start(command, output, cwd=cwd)
    timed_out = False
    try:
        while True:
            try:
                process.wait(0.1)
                break
            except subprocess.TimeoutExpired:
                tick()
            if time.monotonic() - begin > seconds:
                timed_out = True
                break
    finally:
        status = end(process)
    return Finished(status, read_output(output), time.monotonic() - begin, timed_out)
