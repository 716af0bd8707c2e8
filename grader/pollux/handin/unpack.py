"""Run alone in a box: reads the archive on its standard input with libarchive, and writes out what is in it.

A line of JSON for each entry, then as many bytes as it says; the last line is the end. Whoever reads that believes
nothing of it but that these bytes came out. Nothing is unpacked to disk. The limits of memory and of processor time
are the box's; those here keep an honest mistake from meeting them.
"""

import ctypes
import gzip
import json
import os
import re
import sys
import zlib
from collections.abc import Callable

LIBRARY = "libarchive.so.13"
FORMATS = ("zip", "tar", "gnutar", "7zip", "rar", "rar5")
FILTERS = ("gzip", "bzip2", "xz", "lzma", "zstd", "compress")
END, OK, WARN, FATAL = 1, 0, -20, -30
KINDS = {0o100000: "file", 0o040000: "folder", 0o120000: "link"}
BLOCK = 64 << 10
GZIP = b"\x1f\x8b"


class Damaged(Exception):
    """Why nothing more can be read."""


class Limits:
    """What may come out, over the archive and the archives in it."""

    def __init__(self, entries: int, unpacked: int, file: int, inner: int, sources: int) -> None:
        self.entries = entries
        self.unpacked = unpacked
        self.file = file
        self.inner = inner  # an archive in the archive
        self.sources = sources  # bytes of sources in all

    def count(self) -> None:
        self.entries -= 1
        if self.entries < 0:
            raise Damaged("too many")

    def source(self, size: int) -> None:
        self.sources -= size
        if self.sources < 0:
            raise Damaged("too large")

    def unpack(self, bytes_so_far: int) -> None:
        if bytes_so_far > self.unpacked:
            raise Damaged("too large")


class Library:
    """The few functions of libarchive that are used here."""

    def __init__(self) -> None:
        library = ctypes.CDLL(LIBRARY)
        pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
        self._library = library
        self.new = self._function("archive_read_new", pointer)
        self.open_fd = self._function(
            "archive_read_open_fd", number, pointer, number, ctypes.c_size_t
        )
        self.open_memory = self._function(
            "archive_read_open_memory", number, pointer, text, ctypes.c_size_t
        )
        self.next = self._function(
            "archive_read_next_header", number, pointer, ctypes.POINTER(pointer)
        )
        self.read = self._function(
            "archive_read_data", ctypes.c_ssize_t, pointer, pointer, ctypes.c_size_t
        )
        self.free = self._function("archive_read_free", number, pointer)
        self.error = self._function("archive_error_string", text, pointer)
        self.unpacked = self._function("archive_filter_bytes", ctypes.c_int64, pointer, number)
        self.name = self._function("archive_entry_pathname", text, pointer)
        self.name_utf8 = self._function("archive_entry_pathname_utf8", text, pointer)
        self.kind = self._function("archive_entry_filetype", ctypes.c_uint, pointer)
        self.size = self._function("archive_entry_size", ctypes.c_int64, pointer)
        self.has_size = self._function("archive_entry_size_is_set", number, pointer)
        self.hard_link = self._function("archive_entry_hardlink", text, pointer)
        self.encrypted = self._function("archive_entry_is_encrypted", number, pointer)

    def _function(self, name: str, gives: type, *takes: type) -> Callable[..., object]:
        function = getattr(self._library, name)
        function.restype, function.argtypes = gives, takes or (ctypes.c_void_p,)
        if name == "archive_read_new":
            function.argtypes = ()
        result: Callable[..., object] = function
        return result

    def reader(self) -> object:
        archive = self.new()
        for kind, names in (("format", FORMATS), ("filter", FILTERS)):
            for name in names:
                support = getattr(self._library, f"archive_read_support_{kind}_{name}", None)
                if support is not None:  # an older library knows fewer
                    support.argtypes = (ctypes.c_void_p,)
                    support(archive)
        return archive

    def reason(self, archive: object) -> str:
        found = self.error(archive)
        words = found.decode("utf-8", "replace") if isinstance(found, bytes) else ""
        return " ".join(words.split()) or "it cannot be read"


def put(header: dict[str, object], content: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + content)


def decoded(name: object) -> str:
    """A name as text. Old zips have the code page of the IBM PC."""
    if not isinstance(name, bytes):
        return ""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp437")


class Unpacker:
    def __init__(self, library: Library, limits: Limits, sources: str, archives: str) -> None:
        self.library = library
        self.limits = limits
        self.unnamed = 0
        self.sources = re.compile(sources, re.IGNORECASE)
        self.archives = re.compile(archives, re.IGNORECASE)

    def whole(self, begin: Callable[[object], object], inside: str, nested: bool) -> None:
        """Reads one archive; what is in it is named below `inside`."""
        archive = self.library.reader()
        entry = ctypes.c_void_p()
        try:
            if begin(archive) != OK:
                raise Damaged(self.library.reason(archive))
            while (status := self.library.next(archive, ctypes.byref(entry))) != END:
                assert isinstance(status, int)
                if status < WARN:
                    raise Damaged(self.library.reason(archive))
                self.limits.count()
                unpacked = self.library.unpacked(archive, 0)
                assert isinstance(unpacked, int)
                self.limits.unpack(unpacked)
                self.one(archive, entry, inside, nested)
        finally:
            self.library.free(archive)

    def one(self, archive: object, entry: ctypes.c_void_p, inside: str, nested: bool) -> None:
        name = decoded(self.library.name_utf8(entry) or self.library.name(entry))
        if not name:  # in no encoding that it claims: it may be the source all the same
            self.unnamed += 1
            name = f"unreadable name {self.unnamed}.cpp"
        kind = KINDS.get(self.library.kind(entry), "other")  # type: ignore[call-overload]
        if self.library.hard_link(entry) is not None:
            kind = "link"
        if kind == "folder" or name.endswith("/"):
            return
        path = f"{inside}{name}"
        header: dict[str, object] = {"name": path, "kind": kind, "bytes": 0, "problem": ""}
        wanted = kind == "file" and self.sources.search(name) is not None
        inner = kind == "file" and not wanted and not nested and self.archives.search(name)
        if wanted or inner:
            most = self.limits.inner if inner else self.limits.file
            content, problem = self.content(archive, entry, most)
            if problem:
                put(header | {"problem": problem})
            elif inner:
                self.inner(content, path)
            else:
                self.limits.source(len(content))
                put(header | {"bytes": len(content)}, content)
            return
        put(header)

    def content(self, archive: object, entry: ctypes.c_void_p, most: int) -> tuple[bytes, str]:
        """What an entry holds, or why that cannot be had."""
        if self.library.encrypted(entry) == 1:
            return b"", "is encrypted"
        size = self.library.size(entry) if self.library.has_size(entry) else 0
        assert isinstance(size, int)
        if size > most:
            return b"", f"has {size} bytes; it may have at most {most >> 20} MiB"
        found = bytearray()
        buffer = ctypes.create_string_buffer(BLOCK)
        while (got := self.library.read(archive, buffer, BLOCK)) != 0:
            assert isinstance(got, int)
            if got < 0:
                return (
                    b"",
                    f"cannot be unpacked, the archive is damaged: {self.library.reason(archive)}",
                )
            found += buffer.raw[:got]
            if len(found) > most:
                return b"", f"unpacks to more than {most >> 20} MiB"
        return bytes(found), ""

    def inner(self, content: bytes, path: str) -> None:
        """An archive in the archive. One that is damaged is a file that cannot be read, and no more."""
        try:
            self.whole(
                lambda archive: self.library.open_memory(archive, content, len(content)),
                f"{path}/",
                True,
            )
        except Damaged as damage:
            if str(damage) in ("too many", "too large"):
                raise
            put({"name": path, "kind": "file", "bytes": 0, "problem": f"is damaged: {damage}"})


def check_gzip(descriptor: int, limits: Limits) -> None:
    """libarchive does not look at gzip's own check sum: a wrong bit would be a student's wrong letter."""
    if os.pread(descriptor, 2, 0) != GZIP:
        return
    so_far = 0
    try:
        with os.fdopen(os.dup(descriptor), "rb") as file, gzip.open(file) as stream:
            while block := stream.read(BLOCK):
                so_far += len(block)
                limits.unpack(so_far)
    except gzip.BadGzipFile as error:
        if so_far == 0 or "Not a gzipped file" not in str(error):  # else: a tail that is no gzip
            raise Damaged(str(error)) from error
    except (OSError, EOFError, zlib.error) as error:
        raise Damaged(str(error)) from error
    finally:
        os.lseek(descriptor, 0, os.SEEK_SET)


def main() -> None:
    orders = json.loads(sys.argv[1])
    names = ("entries", "unpacked", "file", "inner", "all_sources")
    limits = Limits(*(orders[name] for name in names))
    problem = ""
    try:
        library = Library()
    except OSError as error:
        put({"end": True, "missing": str(error)})
        return
    try:
        check_gzip(0, limits)
        unpacker = Unpacker(library, limits, orders["sources"], orders["archives"])
        unpacker.whole(lambda archive: library.open_fd(archive, 0, BLOCK), "", False)
    except Damaged as damage:
        problem = str(damage)
    except MemoryError:
        problem = "too large"
    put({"end": True, "problem": problem})


if __name__ == "__main__":
    main()
