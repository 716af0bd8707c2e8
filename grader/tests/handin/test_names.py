"""A file that is called otherwise is taken, or named: never "not there"."""

import unicodedata
from pathlib import Path

import pytest
from pollux.course.lab import Lab, Test
from pollux.handin.names import meant, normal
from pollux.handin.submission import Named, take

LAB = Lab(
    1, "heap", "A heap", ("heap.cpp",), "1", ("kernel/mm/heap.hpp",), (Test("heap.a", 1, "h"),)
)
OTHER = Lab(2, "pair", "Two files", ("a.cpp", "b.cpp"), "1", (), (Test("pair.a", 1, "h"),))
THIRD = Lab(
    3, "task", "A task", ("task.cpp",), "1", ("kernel/task.hpp",), (Test("task.a", 1, "h"),)
)
CONTENT = b"int heap;\n"

SPELLINGS = [
    *("Heap.cpp", "HEAP.CPP", "heap.cpp.txt", "heap (1).cpp", "heap(2).cpp", "heap.cpp (1)"),
    *("heap - Copy.cpp", "heap - Kopie (2).cpp", "heap-1.cpp", "heap_2.cpp", "heap copy 2.cpp"),
    *("heap.cc", "heap.cxx", "lovelaceada_LATE_12_345_heap-3.cpp", "heap (1).cpp.txt"),
]


@pytest.mark.parametrize("name", SPELLINGS)
def test_another_spelling_is_taken_and_said(name: str, tmp_path: Path) -> None:
    assert meant(name)[0] == "heap.cpp"
    (tmp_path / "labs/1-heap").mkdir(parents=True)
    (tmp_path / "labs/1-heap" / name).write_bytes(CONTENT)
    handin = take(tmp_path, [LAB, OTHER])
    assert handin.files == {1: {"heap.cpp": CONTENT}} and not handin.problems
    assert name in handin.remarks[0]


@pytest.mark.parametrize("name", ["heaps.cpp", "heap.c", "my heap.cpp", "1-heap.txt", "heapcpp"])
def test_another_name_is_another_file(name: str) -> None:
    assert meant(name)[0] != "heap.cpp"


def test_the_name_itself_comes_first(tmp_path: Path) -> None:
    (tmp_path / "heap.cpp").write_bytes(CONTENT)
    (tmp_path / "heap (1).cpp").write_bytes(b"other")
    handin = take(tmp_path, [LAB])
    assert handin.files[1]["heap.cpp"] == CONTENT
    assert handin.remarks == ["heap.cpp was taken, and not heap (1).cpp beside it"]


def test_of_copies_the_last_is_taken(tmp_path: Path) -> None:
    for number in (1, 2, 10):
        (tmp_path / f"heap ({number}).cpp").write_text(f"int x{number};")
    assert take(tmp_path, [LAB]).files[1]["heap.cpp"] == b"int x10;"
    (tmp_path / "heap-10.cpp").write_text("int y;")
    assert "two files could be heap.cpp" in take(tmp_path, [LAB]).problems[1]


@pytest.mark.parametrize("wanted", [(), (1,)])
def test_a_single_source_of_any_name(wanted: tuple[int, ...], tmp_path: Path) -> None:
    (tmp_path / "ada's work.cpp").write_text('#include "kernel/mm/heap.hpp"\n')
    for path in (tmp_path, tmp_path / "ada's work.cpp"):
        handin = take(path, [LAB, OTHER, THIRD], wanted)
        assert set(handin.files) == {1} and not handin.problems
        assert handin.remarks == ["ada's work.cpp was taken as heap.cpp"]


def test_two_of_any_name_are_a_question(tmp_path: Path) -> None:
    for name in ("one.cpp", "two.cpp"):
        (tmp_path / name).write_bytes(CONTENT)
    assert "is it one.cpp and two.cpp?" in take(tmp_path, [LAB], (1,)).problems[1]


def test_what_else_was_handed_in_is_named(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(b"%PDF")
    assert take(tmp_path, [LAB], (1,)).missing(LAB).endswith("; it has report.pdf")


def test_utf_16_is_text(tmp_path: Path) -> None:
    (tmp_path / "heap.cpp").write_bytes("int ä;\n".encode("utf-16"))
    assert take(tmp_path, [LAB]).files[1]["heap.cpp"] == "int ä;\n".encode()


def test_loose_files_of_one_submission(tmp_path: Path) -> None:
    files = [Named(tmp_path / f"ada_1_{n}_{n}.cpp", f"{n}.cpp") for n in "ab"]
    for file in files:
        file.path.write_bytes(CONTENT)
    assert set(take(files, [LAB, OTHER]).files[2]) == {"a.cpp", "b.cpp"}


def test_one_form_of_a_name() -> None:
    assert normal(unicodedata.normalize("NFD", "Jörg")) == normal("  JÖRG ")
