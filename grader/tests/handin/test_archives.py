"""Archives of every kind are read in the box; a damaged one is a sentence, and soon."""

import io
import random
import subprocess
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
from pollux.course.lab import Lab, Test
from pollux.errors import GraderError
from pollux.handin import archive
from pollux.handin.submission import take
from pollux.host import processes

LAB = Lab(1, "heap", "A heap", ("heap.cpp",), "1", (), (Test("heap.a", 1, "h"),))
CONTENT = b"".join(b"int heap_%d = %d;\n" % (n, n * n) for n in range(200))
NAME = "labs/1-heap/heap.cpp"


def tar(kind: str, content: bytes = CONTENT, name: str = NAME) -> bytes:
    out = io.BytesIO()
    # Old and new type stubs of tarfile do not agree on what a mode may be.
    opened: tarfile.TarFile = getattr(tarfile, "open")(fileobj=out, mode=f"w:{kind}")
    with opened as file:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        file.addfile(member, io.BytesIO(content))
    return out.getvalue()


def zipped(content: bytes = CONTENT, name: str = NAME, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        file.writestr(name, content)
    return out.getvalue()


KINDS = {
    ".tar": tar(""),
    ".tar.gz": tar("gz"),
    ".tgz": tar("gz"),
    ".tar.xz": tar("xz"),
    ".tar.bz2": tar("bz2"),
    ".zip": zipped(),
    ".ZIP": zipped(method=zipfile.ZIP_LZMA),
    "": zipped(method=zipfile.ZIP_BZIP2),
    ".rar": tar("gz"),  # by its content, whatever it is called
}


@pytest.mark.parametrize("ending", KINDS)
def test_every_kind(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"ada{ending}"
    path.write_bytes(KINDS[ending])
    assert take(path, [LAB]).files == {1: {"heap.cpp": CONTENT}}


def test_seven_zip(tmp_path: Path) -> None:
    """Made by hand with 7-Zip 16.02 of a file heap.cpp with `int heap;`."""
    path = tmp_path / "ada.7z"
    path.write_bytes((Path(__file__).parent / "heap.7z").read_bytes())
    assert take(path, [LAB]).files == {1: {"heap.cpp": b"int heap;\n"}}


def test_an_archive_in_an_archive_and_in_a_folder(tmp_path: Path) -> None:
    outer = zipped(KINDS[".tar.xz"], "my lab.tar.xz")
    (tmp_path / "ada.zip").write_bytes(outer)
    assert take(tmp_path / "ada.zip", [LAB]).files == {1: {"heap.cpp": CONTENT}}
    assert take(tmp_path, [LAB]).files == {1: {"heap.cpp": CONTENT}}
    (tmp_path / "ada.zip").write_bytes(zipped(outer, "deeper.zip"))
    assert not take(tmp_path / "ada.zip", [LAB]).files, "one level, and no more"


def test_a_wrong_bit_is_seen(tmp_path: Path) -> None:
    """None of them may change a letter of what the student wrote."""
    for ending in (".zip", ".tar.gz", ".tar.xz", ".tar.bz2"):
        for seed in range(6):
            data = bytearray(KINDS[ending])
            at = random.Random(seed).randrange(len(data))
            data[at] ^= 1 << seed
            path = tmp_path / f"x{seed}{ending}"
            path.write_bytes(bytes(data))
            handin = take(path, [LAB])
            assert not handin.files or handin.files[1]["heap.cpp"] == CONTENT, (ending, at)
            assert handin.files or handin.problems or handin.names, (ending, at)


def test_damage_beside_what_is_whole_is_a_remark(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zipped()[:-30])
    handin = take(path, [LAB])
    assert "damaged" in " ".join([*handin.remarks, *handin.problems.values()]) or handin.files


@pytest.mark.parametrize("size", [8 << 30, 1 << 60])
def test_a_size_that_never_ends(size: int, tmp_path: Path) -> None:
    member = tarfile.TarInfo(NAME)
    member.size = size
    path = tmp_path / "x.tar"
    path.write_bytes(member.tobuf(tarfile.GNU_FORMAT) + b"x" * 1024)
    begin = time.monotonic()
    assert f"has {size} bytes" in take(path, [LAB]).problems[1]
    assert time.monotonic() - begin < 10


def test_what_takes_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        archive, "_unpack", lambda file: processes.Captured(152, b"", "", False, False)
    )
    (tmp_path / "x.zip").write_bytes(b"PK")
    assert "takes too long to unpack" in take(tmp_path / "x.zip", [LAB]).problems[1]


@pytest.mark.parametrize(
    "ended",
    [
        processes.Captured(-9, b"", "", False, False),  # the kernel, out of memory
        processes.Captured(1, b"", "bwrap: No space left on device", False, False),
        processes.Captured(0, b"", "", True, False),
        processes.Captured(0, b'{"end": true, "missing": "no libarchive"}\n', "", False, False),
    ],
)
def test_what_the_host_does_is_no_damage(
    ended: processes.Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_unpack", lambda file: ended)
    (tmp_path / "x.zip").write_bytes(zipped())
    with pytest.raises(GraderError):
        take(tmp_path / "x.zip", [LAB])


def test_the_readers_words_are_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for output in (
        b"[]\n",
        b'{"name": "heap.cpp", "kind": "file", "bytes": 99}\nx',
        b"{}" * 99,
        b"\xff\n",
    ):
        ended = processes.Captured(139, output, "", False, False)
        monkeypatch.setattr(archive, "_unpack", lambda file: ended)
        (tmp_path / "x.zip").write_bytes(zipped())
        assert "damaged" in take(tmp_path / "x.zip", [LAB]).problems[1]


def test_seven_zips_password(tmp_path: Path) -> None:
    program = ["7z", "a", "-pgeheim", str(tmp_path / "x.zip"), str(tmp_path / "heap.cpp")]
    (tmp_path / "heap.cpp").write_bytes(CONTENT)
    try:
        subprocess.run(program, check=True, capture_output=True)
    except OSError:
        pytest.skip("no 7z here")
    assert "is encrypted" in take(tmp_path / "x.zip", [LAB]).problems[1]
