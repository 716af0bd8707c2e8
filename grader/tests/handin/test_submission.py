"""Only the named files are taken, from any shape of submission; nothing hostile in it does any harm."""

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from pollux.course.lab import Lab, Test
from pollux.errors import GraderError
from pollux.handin import archive
from pollux.handin.submission import Handin, take

LAB = Lab(1, "heap", "A heap", ("heap.cpp",), "1", (), (Test("heap.a", 1, "h"),))
TWO = Lab(2, "pair", "Two files", ("a.cpp", "b.hpp"), "1", (), (Test("pair.a", 1, "h"),))
CONTENT = b"int heap;\n"


def found(path: Path) -> bytes:
    handin = take(path, [LAB])
    assert not handin.problems
    return handin.files[1]["heap.cpp"]


def problem(path: Path) -> str:
    handin = take(path, [LAB])
    assert not handin.files
    return handin.problems[1]


def make_zip(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def make_tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as file:
        for member, content in members:
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


SHAPES = [
    "heap.cpp",
    "1-heap/heap.cpp",
    "labs/1-heap/heap.cpp",
    "me-main/labs/1-heap/heap.cpp",
    "my work/heap.cpp",
]


@pytest.mark.parametrize("name", SHAPES)
def test_a_folder_of_any_shape(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(CONTENT)
    assert found(tmp_path) == CONTENT


@pytest.mark.parametrize("name", SHAPES)
def test_a_zip_of_any_shape(name: str, tmp_path: Path) -> None:
    assert found(make_zip(tmp_path / "x.zip", **{name: CONTENT})) == CONTENT


@pytest.mark.parametrize("name", SHAPES)
def test_a_tar_of_any_shape(name: str, tmp_path: Path) -> None:
    assert found(make_tar(tmp_path / "x.tar.gz", (member(name), CONTENT))) == CONTENT


def test_the_bare_file(tmp_path: Path) -> None:
    (tmp_path / "heap.cpp").write_bytes(CONTENT)
    assert found(tmp_path / "heap.cpp") == CONTENT


def test_the_labs_own_folder_comes_first(tmp_path: Path) -> None:
    members = {
        "heap.cpp": b"int other;",
        "labs/1-heap/heap.cpp": CONTENT,
        "old/labs/1-heap/heap.cpp": b"x",
    }
    assert found(make_zip(tmp_path / "x.zip", **members)) == CONTENT


def test_two_that_could_be_meant(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "x.zip", **{"a/heap.cpp": CONTENT, "b/heap.cpp": CONTENT})
    assert "two files could be heap.cpp" in problem(path)


def test_nothing_of_the_lab(tmp_path: Path) -> None:
    (tmp_path / "readme").write_text("hello")
    assert take(tmp_path, [LAB]) == Handin()


def test_one_of_two_files_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.cpp").write_bytes(CONTENT)
    assert take(tmp_path, [TWO]).problems == {2: "the submission has no labs/2-pair/b.hpp"}


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "is empty"), (b" \n", "is empty"), (b"\x7fELF\0", "is not text")]
)
def test_a_file_that_is_no_source(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "heap.cpp").write_bytes(content)
    assert words in problem(tmp_path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "heap.cpp").symlink_to("/etc/passwd")
    assert "symbolic link" in problem(tmp_path)


def test_a_linked_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "other.cpp").write_bytes(CONTENT)
    (tmp_path / "handin").mkdir()
    (tmp_path / "handin" / "labs").symlink_to(tmp_path / "real")
    assert "symbolic link" in problem(tmp_path / "handin")


def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "heap.cpp")
    assert "no regular file" in problem(tmp_path)


@pytest.mark.parametrize(
    "name", ["../heap.cpp", "/tmp/heap.cpp", "a/../../heap.cpp", "..\\heap.cpp"]
)
def test_a_name_that_leads_outside_is_ignored(name: str, tmp_path: Path) -> None:
    assert not take(make_tar(tmp_path / "x.tgz", (member(name), CONTENT)), [LAB]).files
    assert not take(make_zip(tmp_path / "x.zip", **{name: CONTENT}), [LAB]).files
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.tgz", "x.zip"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_in_a_tar(kind: bytes, tmp_path: Path) -> None:
    path = make_tar(tmp_path / "x.tar.gz", (member("heap.cpp", kind, "/etc/passwd"), b""))
    assert "is a link" in problem(path)


def test_a_device_in_a_tar(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "x.tar.gz", (member("heap.cpp", tarfile.CHRTYPE), b""))
    assert "no regular file" in problem(path)


def test_a_link_in_a_zip(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("heap.cpp")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        file.writestr(info, "/etc/passwd")
    assert "symbolic link" in problem(tmp_path / "x.zip")


def test_a_zip_bomb(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "x.zip", **{"heap.cpp": bytes(50 << 20)})
    assert "has 52428800 bytes" in problem(path)


def test_a_zip_that_lies_about_its_size(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "x.zip", **{"heap.cpp": b"x" * (5 << 20)})
    data = path.read_bytes()
    lied = data.replace((5 << 20).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    path.write_bytes(lied)
    assert "heap.cpp" in problem(path)


def test_a_tar_bomb(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "x.tar.gz", *((member(f"{n}"), bytes(8 << 20)) for n in range(10)))
    assert "unpacks to more than" in problem(path)


def test_too_many_files(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "x.zip", **{f"f{n}": b"" for n in range(archive.ENTRIES + 1)})
    assert "more than 10000 files" in problem(path)


@pytest.mark.parametrize("name", ["x.zip", "x.tar.gz", "x.tgz"])
@pytest.mark.parametrize(
    "content", [b"", b"not an archive", b"PK\x03\x04rest", b"\x1f\x8b\x08\x00rest"]
)
def test_a_damaged_archive(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert "damaged" in problem(tmp_path / name)


def test_a_cut_off_tar(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "x.tgz", (member("heap.cpp"), os.urandom(100_000)))
    path.write_bytes(path.read_bytes()[:50_000])
    assert "damaged" in problem(path)


def test_an_encrypted_zip(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "x.zip", **{"heap.cpp": CONTENT})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[6] |= 1
    path.write_bytes(bytes(data))
    assert "is encrypted" in problem(path)


def test_names_that_play_with_the_terminal(tmp_path: Path) -> None:
    name = "a\n\x1b[31mb\udce9"
    (tmp_path / name).mkdir()
    (tmp_path / name / "heap.cpp").symlink_to("/etc/passwd")
    assert problem(tmp_path).isprintable()


def test_another_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "x.docx").write_bytes(b"PK")
    assert "x.docx is no folder, no archive" in problem(tmp_path / "x.docx")


def test_a_large_source(tmp_path: Path) -> None:
    (tmp_path / "heap.cpp").write_bytes(b"/" * ((1 << 20) + 1))
    assert "at most 1 MiB" in problem(tmp_path)


def test_no_such_submission_is_nobodys_zero(tmp_path: Path) -> None:
    with pytest.raises(GraderError, match="there is no"):
        take(tmp_path / "nothing", [LAB])


def test_writes_where_the_build_looks(tmp_path: Path) -> None:
    Handin({1: {"heap.cpp": CONTENT}}).write([LAB], tmp_path)
    assert (tmp_path / "labs/1-heap/heap.cpp").read_bytes() == CONTENT
