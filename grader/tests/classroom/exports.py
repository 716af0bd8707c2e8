"""A class as five systems hand it out: graded with two at once, interrupted, resumed, and graded once more.

Nobody is lost, each outcome is the expected one, and `grades.csv` is the same twice. Slow: `make class-exports`.
"""

import argparse
import csv
import io
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "classroom"), str(TESTS), str(TESTS.parent)]
# In the background of a script SIGINT is ignored, and what is started and interrupted here would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

from pollux.course import marks  # noqa: E402

from support import TREE, reference  # noqa: E402

GRADE_CLASS = TESTS.parent / "grade-class"
HEAP = reference(TREE.lab(1), "heap.cpp").encode()
STARTER = marks.starter(HEAP.decode(), 1, "heap.cpp").encode()


def _zip(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def _tar(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:xz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


# What is handed in, by the name of the file, and what must become of it.
KINDS: tuple[tuple[str, bytes, str], ...] = (
    ("heap.cpp", HEAP, "pass"),
    ("Heap (1).cpp", HEAP, "pass"),
    ("lab.zip", _zip("labs/1-heap/heap.cpp", HEAP), "pass"),
    ("lab.tar.xz", _tar("me/heap.cpp", HEAP), "pass"),
    ("lab.zip", _zip("inner.zip", _zip("heap.cpp", HEAP)), "pass"),
    ("my_solution.cpp", HEAP, "pass"),
    ("heap.cpp", STARTER, "not written"),
    ("heap.cpp", b"int x = ;\n", "build error"),
    ("lab.zip", _zip("heap.cpp", HEAP)[:700], "build error"),
    ("report.pdf", b"%PDF-1.4", "build error"),
)
Layout = Callable[[Path, int, str, str, bytes], None]


def name_of(number: int) -> tuple[str, str]:
    return f"Ada{number}", f"Lövelace{number}"


def moodle(folder: Path, number: int, who: str, name: str, content: bytes) -> None:
    target = folder / f"{who}_{4000 + number}_assignsubmission_file_"
    target.mkdir()
    (target / name).write_bytes(content)


def moodle_flat(folder: Path, number: int, who: str, name: str, content: bytes) -> None:
    (folder / f"{who}_{4000 + number}_assignsubmission_file_{name}").write_bytes(content)


def canvas(folder: Path, number: int, who: str, name: str, content: bytes) -> None:
    first, last = name_of(number)
    late = "LATE_" if number % 7 == 0 else ""
    (folder / f"{(last + first).lower()}_{late}{number}_{9000 + number}_{name}").write_bytes(
        content
    )


def gradescope(folder: Path, number: int, who: str, name: str, content: bytes) -> None:
    target = folder / f"submission_{7000 + number}"
    target.mkdir()
    (target / name).write_bytes(content)
    with (folder / "submission_metadata.yml").open("a") as file:
        file.write(
            f"{target.name}:\n  :submitters:\n  - :name: {who}\n    :sid: '{number}'\n  :score: 0\n"
        )


def github(folder: Path, number: int, who: str, name: str, content: bytes) -> None:
    target = folder / f"lab-1-user{number:03}"
    (target / ".git").mkdir(parents=True)
    (target / name).write_bytes(content)


LAYOUTS: dict[str, Layout] = {
    "moodle": moodle,
    "moodle-flat": moodle_flat,
    "canvas": canvas,
    "gradescope": gradescope,
    "github": github,
}


def lay(layout: Layout, folder: Path, count: int) -> dict[str, str]:
    """A class in that layout, and its roster beside it; by name what must become of each."""
    folder.mkdir(parents=True)
    expected = {}
    rows = [["Student", "ID", "SIS Login ID", "github_username"]]
    for number in range(count):
        first, last = name_of(number)
        who = f"{first} {last}"
        name, content, outcome = KINDS[number % len(KINDS)]
        layout(folder, number, who, name, content)
        expected[who] = outcome
        rows.append([who, str(number), f"s{number}", f"user{number:03}"])
    rows.append(["Nobody Here", "9999", "s9999", "nobody"])
    expected["Nobody Here"] = "not handed in"
    with folder.with_suffix(".csv").open("w", newline="", encoding="utf-16") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return expected


def start(folder: Path, out: Path) -> "subprocess.Popen[bytes]":
    words = [str(GRADE_CLASS), str(folder), "--out", str(out), "--lab", "1", "-j", "2"]
    words += ["--roster", str(folder.with_suffix(".csv"))]
    log = out.with_suffix(".log").open("ab")
    return subprocess.Popen(words, stdout=log, stderr=log)


def complaints(name: str, layout: Layout, work: Path, count: int) -> Iterator[str]:
    expected = lay(layout, work / name, count)
    out, again = work / f"{name}-out", work / f"{name}-again"
    process = start(work / name, out)
    while process.poll() is None and not list(out.glob("cache/*.json")):
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    if (status := process.wait()) not in (130, 1):
        yield f"{name}: an interrupt ends it with {status}"
    for folder in (out, again):
        if (status := start(work / name, folder).wait()) != 1:
            yield f"{name}: ended with {status}, not 1 for its remarks"
            return
    with (out / "grades.csv").open(newline="", encoding="utf-8") as file:
        found = {row["name"]: row["lab 1 outcome"] for row in csv.DictReader(file)}
    for who in expected.keys() | found.keys():
        if expected.get(who) != found.get(who):
            yield f"{name}: {who}: {found.get(who)}, not {expected.get(who)}"
    if (out / "grades.csv").read_bytes() != (again / "grades.csv").read_bytes():
        yield f"{name}: the two grades.csv differ"


def main() -> int:
    parser = argparse.ArgumentParser(prog="class-exports", description=__doc__)
    parser.add_argument("--count", type=int, default=200, metavar="N", help="students")
    arguments = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="pollux-exports-") as folder:
        for name, layout in LAYOUTS.items():
            begin = time.monotonic()
            found = list(complaints(name, layout, Path(folder), arguments.count))
            for complaint in found[:20]:
                print(f"   {complaint}", flush=True)
            words = "as expected" if not found else f"{len(found)} complaints"
            print(
                f"{name}: {arguments.count} students, {words}, {time.monotonic() - begin:.0f} s",
                flush=True,
            )
            failed += len(found)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
