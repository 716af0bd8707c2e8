"""Scratch folders: each is removed when its work ends, in whatever way.

Whoever works in one holds a lock on it. A process number would say nothing: the process may live in another container,
or on another machine that shares the folder.
"""

import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from ..errors import GraderError, HostTrouble
from . import processes

# Marks a folder as one whose lock decides. It is made once the lock is held.
MARK = ".pollux-locked"


@contextmanager
def folder(keep: Path | None = None, prefix: str = "pollux-") -> Iterator[Path]:
    """A new scratch folder, removed at the end. With `keep`: that folder, which must be new or empty, and stays."""
    if keep is not None:
        if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
            raise GraderError(f"{keep} is there already: name a new folder to keep things in")
        try:
            keep.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise GraderError(f"{keep} cannot be made: {error.strerror}") from error
        with _no_program_left():
            yield keep.resolve()
        return
    try:
        path = Path(tempfile.mkdtemp(prefix=prefix))
    except OSError as error:
        raise HostTrouble(f"no scratch folder can be made: {error.strerror}") from error
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _mark(path, lock)
        with _no_program_left():
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def _mark(path: Path, lock: int) -> None:
    """Where there are no locks, or no room, the folder has no mark: nobody else ever removes it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (path / MARK).touch()
    except OSError:
        pass


def prefix_of(name: str, process: int) -> str:
    """The prefix of a process's scratch folders. `remove_stale` knows by it the folders of a process that was killed."""
    return f"pollux-{name}-{process}-"


def remove_stale(name: str) -> None:
    """Removes our own scratch folders that nobody works in: whoever did was killed before it could."""
    for path in Path(tempfile.gettempdir()).glob(f"pollux-{name}-*-*"):
        try:
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            if os.fstat(lock).st_uid == os.getuid() and (path / MARK).exists():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
        except OSError:  # somebody holds it, or it is gone
            pass
        finally:
            os.close(lock)


@contextmanager
def _no_program_left() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        processes.end_all()
        raise


def leave_on_signals() -> None:
    """Makes SIGTERM and a closed terminal end the grader as Ctrl-C does, so that nothing is left behind."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
