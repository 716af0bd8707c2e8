"""What was handed in, as a bag of small files: a folder, a .zip or a .tar.gz. Nothing is unpacked to disk.

Names are only ever looked at, so `../`, absolute names and devices lead nowhere; links are never followed; every
count and size has a limit, so a bomb goes off nowhere.
"""

import gzip
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from ..errors import GraderError, SubmissionError
from ..text import printable

ARCHIVE_BYTES = 16 << 20
UNPACKED_BYTES = 64 << 20
FILE_BYTES = 1 << 20
ENTRIES = 10_000
DEPTH = 12
# What an honest submission may carry along, and nobody looks into.
IGNORED = frozenset({"__MACOSX", ".git", "build", "node_modules"})


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


def _unreadable() -> bytes:
    raise AssertionError("an entry with a problem is never read")


def _path(name: str) -> PurePosixPath | None:
    """A member's name as a path inside the submission; None for one that would leave it, or that nobody looks into."""
    path = PurePosixPath(name.replace("\\", "/"))
    parts = path.parts
    if path.is_absolute() or ".." in parts or not parts or len(parts) > DEPTH:
        return None
    return None if IGNORED.intersection(parts[:-1]) else path


def _too_many() -> SubmissionError:
    return SubmissionError(f"the submission has more than {ENTRIES} files; hand in only the labs")


def open_submission(path: Path) -> list[Entry]:
    """The files of a submission. SubmissionError when it cannot be read at all."""
    if path.is_dir():
        return list(_folder(path))
    if not path.exists():
        raise GraderError(f"there is no {path}")
    if not path.is_file():
        raise SubmissionError(f"{printable(path.name)} is neither a file nor a folder")
    if path.stat().st_size > ARCHIVE_BYTES:
        raise SubmissionError(f"{printable(path.name)} is larger than {ARCHIVE_BYTES >> 20} MiB")
    name = path.name.lower()
    try:
        if name.endswith(".zip"):
            return list(_zip(path))
        if name.endswith((".tar.gz", ".tgz")):
            return _tar(path)
    except (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise SubmissionError(f"{printable(path.name)} is damaged: {error}") from error
    if name.endswith((".cpp", ".hpp")):
        return [_file(path, PurePosixPath(path.name), path.lstat())]
    raise SubmissionError(f"{printable(path.name)} is no folder, .zip or .tar.gz")


def _folder(root: Path) -> Iterator[Entry]:
    count = 0
    for folder, folders, files in os.walk(root, followlinks=False):
        inside = Path(folder).relative_to(root)
        if len(inside.parts) >= DEPTH:
            folders.clear()
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        linked = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in sorted([*files, *linked]):
            count += 1
            if count > ENTRIES:
                raise _too_many()
            file = Path(folder) / name
            yield _file(file, PurePosixPath(inside / name), file.lstat())


def _file(file: Path, path: PurePosixPath, status: os.stat_result) -> Entry:
    if stat.S_ISLNK(status.st_mode):
        return Entry(path, _unreadable, "is a symbolic link; hand in the file itself")
    if not stat.S_ISREG(status.st_mode):
        return Entry(path, _unreadable, "is no regular file")
    if status.st_size > FILE_BYTES:
        return Entry(path, _unreadable, _large(status.st_size))

    def read() -> bytes:
        try:
            descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as stream:
                return _bounded(stream, path)
        except OSError as error:
            raise SubmissionError(
                f"{printable(str(path))} cannot be read: {error.strerror}"
            ) from error

    return Entry(path, read)


def _large(size: int) -> str:
    return f"has {size} bytes; a source file has at most {FILE_BYTES >> 20} MiB"


def _bounded(stream: IO[bytes], path: PurePosixPath) -> bytes:
    data = stream.read(FILE_BYTES + 1)
    if len(data) > FILE_BYTES:
        raise SubmissionError(
            f"{printable(str(path))} {_large(len(data))} or more".replace("has", "unpacks to", 1)
        )
    return data


def _zip(file: Path) -> Iterator[Entry]:
    archive = zipfile.ZipFile(file)
    members = archive.infolist()
    if len(members) > ENTRIES:
        raise _too_many()
    for member in members:
        path = _path(member.filename)
        if path is None or member.is_dir():
            continue
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind == stat.S_IFLNK:
            yield Entry(path, _unreadable, "is a symbolic link; hand in the file itself")
        elif member.flag_bits & 1:
            yield Entry(path, _unreadable, "is encrypted")
        elif member.file_size > FILE_BYTES:
            yield Entry(path, _unreadable, _large(member.file_size))
        else:
            yield Entry(path, _zip_reader(archive, member, path))


def _zip_reader(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: PurePosixPath
) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with archive.open(member) as stream:
                return _bounded(stream, path)
        except (
            zipfile.BadZipFile,
            NotImplementedError,
            RuntimeError,
            zlib.error,
            EOFError,
        ) as error:
            raise SubmissionError(f"{printable(str(path))} cannot be unpacked: {error}") from error

    return read


class _Meter:
    """A stream that ends with an error once too much has come out of it: a bomb is never unpacked whole."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream
        self._left = UNPACKED_BYTES

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(min(size, 1 << 16) if size > 0 else 1 << 16)
        self._left -= len(data)
        if self._left < 0:
            raise SubmissionError(f"the archive unpacks to more than {UNPACKED_BYTES >> 20} MiB")
        return data


def _tar(file: Path) -> list[Entry]:
    entries: list[Entry] = []
    with gzip.open(file) as unpacked:
        meter: IO[bytes] = _Meter(unpacked)  # type: ignore[assignment]
        with tarfile.open(fileobj=meter, mode="r|") as archive:
            for count, member in enumerate(archive):
                if count >= ENTRIES:
                    raise _too_many()
                path = _path(member.name)
                if path is not None and not member.isdir():
                    entries.append(_tar_entry(archive, member, path))
    return entries


def _tar_entry(archive: tarfile.TarFile, member: tarfile.TarInfo, path: PurePosixPath) -> Entry:
    if member.issym() or member.islnk():
        return Entry(path, _unreadable, "is a link; hand in the file itself")
    if not member.isreg():
        return Entry(path, _unreadable, "is no regular file")
    if member.size > FILE_BYTES:
        return Entry(path, _unreadable, _large(member.size))
    stream = archive.extractfile(member)
    data = stream.read() if stream and path.suffix in (".cpp", ".hpp") else b""
    return Entry(path, lambda: data)
