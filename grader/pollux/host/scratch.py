"""Scratch folders: each is removed when its work ends, in whatever way."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from ..errors import GraderError
from . import processes


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
    path = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        with _no_program_left():
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def prefix_of(name: str, process: int) -> str:
    """The prefix of a process's scratch folders. `remove_stale` knows by it the folders of a process that was killed."""
    return f"pollux-{name}-{process}-"


def remove_stale(name: str) -> None:
    """Removes the scratch folders of our own processes that were killed before they could."""
    for path in Path(tempfile.gettempdir()).glob(f"pollux-{name}-*-*"):
        process = path.name.split("-")[2]
        ours = path.is_dir() and not path.is_symlink() and path.stat().st_uid == os.getuid()
        if ours and process.isdigit() and not Path(f"/proc/{process}").exists():
            shutil.rmtree(path, ignore_errors=True)


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
