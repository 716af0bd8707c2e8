"""What was handed in, as a bag of small files: a folder, an archive, a single source. Nothing is unpacked to disk.

Archives are read by libarchive in a box (`unpack.py`), never in this process: whatever an archive does there, it is a
sentence here. Names are only ever looked at, so `../`, absolute names and devices lead nowhere; links are never
followed; every count and size has a limit, so a bomb goes off nowhere.
"""

import json
import os
import re
import signal
import stat
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from ..errors import GraderError, SubmissionError
from ..host import confine, processes
from ..text import printable

ARCHIVE_BYTES = 16 << 20
UNPACKED_BYTES = 64 << 20
FILE_BYTES = 1 << 20
SOURCES_BYTES = 16 << 20
ENTRIES = 10_000
DEPTH = 12
# What an honest submission may carry along, and nobody looks into.
IGNORED = frozenset({"__MACOSX", ".git", "build", "node_modules"})

ARCHIVE = re.compile(
    r"\.(zip|tar|tgz|txz|tbz2?|tzst|7z|rar|tar\.(gz|xz|bz2|zst|lzma|z))$", re.IGNORECASE
)
# What may be a source, by whatever name a browser or a Mac gave it: `heap.cpp.txt`, `heap.cpp (1)`.
SOURCE = re.compile(r"\.(cpp|hpp|cxx|hxx|cc|hh|c\+\+|h)(?![a-z0-9])", re.IGNORECASE)
# How archives begin, where the name does not tell: zip, 7z, rar, gzip, xz, bzip2, zstd.
BEGINNINGS = (
    b"PK\3\4",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\7",
    b"\x1f\x8b",
    b"\xfd7zXZ\0",
    b"BZh",
    b"\x28\xb5\x2f\xfd",
)

UNPACK = Path(__file__).with_name("unpack.py")
INTERPRETER = "/usr/bin/python3"
LIMITS = confine.Limits(cpu_seconds=4, memory_bytes=1 << 30, file_bytes=0)
# On the wall: a host that is this slow is the host's trouble.
SECONDS = 120.0
OUTPUT_BYTES = SOURCES_BYTES + ENTRIES * 1024
# What our limits, and an archive that makes the reader stumble, end it with. All else is the host's doing.
SLOW = signal.SIGXCPU
STUMBLES = frozenset((signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL))


class Entry:
    """One file of a submission. `problem` says why it cannot be taken, if so."""

    def __init__(self, path: PurePosixPath, read: Callable[[], bytes], problem: str = "") -> None:
        self.path = path
        self._read = read
        self.problem = problem

    def read(self) -> bytes:
        if self.problem:
            raise SubmissionError(f"{printable(str(self.path))} {self.problem}")
        return self._read()


class Opened:
    """The files of a submission, and what is wrong with the archives that some of them came out of."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.damages: list[str] = []

    def add(self, entry: Entry) -> None:
        if len(self.entries) >= ENTRIES:
            raise _too_many()
        self.entries.append(entry)


def _unreadable() -> bytes:
    raise AssertionError("an entry with a problem is never read")


def _path(name: str) -> PurePosixPath | None:
    """A member's name as a path inside the submission; None for one that would leave it, or that nobody looks into."""
    path = PurePosixPath(name.replace("\\", "/"))
    parts = path.parts
    if path.is_absolute() or ".." in parts or not parts or len(parts) > DEPTH:
        return None
    return None if IGNORED.intersection(parts[:-1]) or parts[-1].startswith("._") else path


def _too_many() -> SubmissionError:
    return SubmissionError(f"the submission has more than {ENTRIES} files; hand in only the labs")


def is_archive(path: Path) -> bool:
    """Whether a file is an archive by its name or, where that says nothing, by its beginning."""
    if ARCHIVE.search(path.name):
        return True
    if path.suffix and not path.suffix.strip(".0123456789 ()") == "":
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            beginning = file.read(262)
    except OSError:
        return False
    return beginning.startswith(BEGINNINGS) or beginning[257:] == b"ustar"


def open_submission(path: Path, name: str = "") -> Opened:
    """The files of a submission; a single file has this `name` in it. SubmissionError when it cannot be read at all."""
    opened = Opened()
    if path.is_dir():
        _folder(opened, path)
        return opened
    if not os.path.lexists(path):
        raise GraderError(f"there is no {path}")
    if not path.is_file():
        raise SubmissionError(f"{printable(path.name)} is neither a file nor a folder")
    if is_archive(path):
        damage = _archive(opened, path, PurePosixPath())
        if damage:
            opened.damages.append(f"{printable(path.name)} {damage}")
        if not opened.entries:
            raise SubmissionError(
                damage and opened.damages[0] or f"{printable(path.name)} is empty"
            )
        return opened
    if SOURCE.search(path.name):
        opened.add(_file(path, PurePosixPath(name or path.name), path.lstat()))
        return opened
    raise SubmissionError(
        f"{printable(path.name)} is no folder, no archive (.zip, .tar.gz, .tar.xz, .tar, .7z, .rar) and no .cpp"
    )


def _folder(opened: Opened, root: Path) -> None:
    for folder, folders, files in os.walk(root, followlinks=False):
        inside = Path(folder).relative_to(root)
        if len(inside.parts) >= DEPTH:
            folders.clear()
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        linked = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in sorted([*files, *linked]):
            if name.startswith("._"):  # a Mac's own notes on a file
                continue
            file, path = Path(folder) / name, PurePosixPath(inside / name)
            try:
                status = file.lstat()
            except FileNotFoundError:  # it goes while we look: a `git gc`, an editor
                continue
            if not stat.S_ISREG(status.st_mode) or not ARCHIVE.search(name):
                opened.add(_file(file, path, status))
                continue
            damage = _archive(opened, file, path)
            if damage:
                opened.damages.append(f"{printable(str(path))} {damage}")
                opened.add(Entry(path, _unreadable, damage))


def _file(file: Path, path: PurePosixPath, status: os.stat_result) -> Entry:
    if stat.S_ISLNK(status.st_mode):
        return Entry(path, _unreadable, "is a symbolic link; hand in the file itself")
    if not stat.S_ISREG(status.st_mode):
        return Entry(path, _unreadable, "is no regular file")
    if status.st_size > FILE_BYTES:
        return Entry(
            path,
            _unreadable,
            f"has {status.st_size} bytes; a source file has at most {FILE_BYTES >> 20} MiB",
        )

    def read() -> bytes:
        try:
            descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as stream:
                return _bounded(stream, path)
        except OSError as error:
            raise GraderError(f"{file} cannot be read: {error.strerror}") from error

    return Entry(path, read)


def _bounded(stream: IO[bytes], path: PurePosixPath) -> bytes:
    data = stream.read(FILE_BYTES + 1)
    if len(data) > FILE_BYTES:
        raise SubmissionError(f"{printable(str(path))} has more than {FILE_BYTES >> 20} MiB")
    return data


# Archives.


def _archive(opened: Opened, file: Path, inside: PurePosixPath) -> str:
    """Adds what is in an archive, below the path `inside`; what is wrong with it, if anything."""
    size = file.stat().st_size
    if size > ARCHIVE_BYTES:
        return f"is larger than {ARCHIVE_BYTES >> 20} MiB"
    captured = _unpack(file)
    if captured.timed_out:
        raise GraderError(f"{file.name} could not be unpacked within {SECONDS:.0f} s on this host")
    number = -captured.status if captured.status < 0 else captured.status - 128
    lines = _Lines(captured.output)
    for header, content in lines:
        if header.get("end"):
            if "missing" in header:
                raise GraderError(
                    f"archives cannot be read ({header['missing']}); grader/setup installs what is missing"
                )
            return _damage(str(header.get("problem", "")))
        if (entry := _entry(header, content, inside)) is not None:
            opened.add(entry)
    if number == SLOW:
        return "takes too long to unpack"
    if number in STUMBLES:
        return "is damaged: it makes the reader of archives stumble"
    if captured.too_much:
        return _damage("too large")
    if "MemoryError" in captured.complaint:
        return "is damaged: it takes too much memory to unpack"
    complaint = captured.complaint.strip().splitlines() or [f"status {captured.status}"]
    raise GraderError(f"{file.name} could not be unpacked here: {printable(complaint[-1])}")


def _damage(problem: str) -> str:
    if problem == "too many":
        raise _too_many()
    if problem == "too large":
        return f"unpacks to more than {UNPACKED_BYTES >> 20} MiB"
    return f"is damaged: {printable(problem)[:200]}" if problem else ""


def _unpack(file: Path) -> processes.Captured:
    script = confine.seen_at(UNPACK, "/unpack.py")
    box = confine.Box(LIMITS, (confine.Bind(UNPACK, script),))
    orders = {
        "entries": ENTRIES,
        "unpacked": UNPACKED_BYTES,
        "file": FILE_BYTES,
        "inner": ARCHIVE_BYTES,
        "all_sources": SOURCES_BYTES,
        "sources": SOURCE.pattern,
        "archives": ARCHIVE.pattern,
    }
    # Without the user's own settings and packages: -I, -S.
    program = [INTERPRETER, "-I", "-S", str(script), json.dumps(orders)]
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise GraderError(f"{file} cannot be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as stream:
        return processes.capture(
            confine.command(box, program), stream, seconds=SECONDS, most_bytes=OUTPUT_BYTES
        )


class _Lines:
    """What came out of the box: headers, each with the bytes that it announces. It ends where that makes no sense."""

    def __init__(self, output: bytes) -> None:
        self._output = output

    def __iter__(self) -> Iterator[tuple[dict[str, object], bytes]]:
        at = 0
        while (end := self._output.find(b"\n", at)) >= 0:
            try:
                header = json.loads(self._output[at:end])
            except (ValueError, RecursionError):
                return
            size = header.get("bytes", 0) if isinstance(header, dict) else None
            if not isinstance(size, int) or not 0 <= size <= len(self._output) - end - 1:
                return
            at = end + 1 + size
            yield header, self._output[end + 1 : at]


def _entry(header: dict[str, object], content: bytes, inside: PurePosixPath) -> Entry | None:
    path = _path(str(header.get("name", "")))
    if path is None:
        return None
    problem = str(header.get("problem", ""))
    if header.get("kind") == "link":
        problem = "is a link (a symbolic link or a hard link); hand in the file itself"
    elif header.get("kind") != "file":
        problem = "is no regular file"
    if len(inside.parts) + len(path.parts) > DEPTH:
        return None
    return Entry(inside / path, lambda: content, printable(problem)[:300])
