"""A class as one meets it: who solved it, who handed in the starter, every kind of mistake, attack and accident.

Each one knows what must become of it. Half of them hand in a folder, a quarter a .zip, a quarter a .tar.gz.
"""

import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pollux.course import marks
from pollux.course.lab import Lab
from pollux.upkeep import mutants
from pollux.upkeep.mutants import Mutant

import forging
from support import HOSTILE, TESTS, TREE, hostile_heap, hostile_names, reference, toml

# What became of a submission: its labs as grades.json has them, by number. What is wrong with that, if anything.
Results = Mapping[int, Mapping[str, Any]]
Judge = Callable[[Results], list[str]]
Writer = Callable[[Path], None]

SKIPPED = ("skipped", "pass")


@dataclass(frozen=True)
class Student:
    """One of the class. `write` lays what is handed in into a new folder, or makes the archive of that name."""

    name: str
    write: Writer
    judge: Judge
    entry: str = (
        ""  # what lies in the folder of submissions, where it is not a folder of the student's name
    )


def files_of(lab: Lab, change: Callable[[str, str], str] = lambda name, text: text) -> Writer:
    """A lab's files, the reference's but for a change."""

    def write(folder: Path) -> None:
        target = folder / lab.folder
        target.mkdir(parents=True)
        for name in lab.files:
            (target / name).write_text(change(name, reference(lab, name)))

    return write


def one_file(text: str | bytes) -> Writer:
    """A heap."""

    def write(folder: Path) -> None:
        folder.mkdir(parents=True)
        content = text.encode() if isinstance(text, str) else text
        (folder / "heap.cpp").write_bytes(content)

    return write


def all_points(number: int) -> Judge:
    def judge(results: Results) -> list[str]:
        lab = results[number]
        return [] if lab["score"] == lab["max_score"] else [f"{lab['score']} points, not all"]

    return judge


def no_points(number: int, outcome: str, words: str = "") -> Judge:
    def judge(results: Results) -> list[str]:
        lab = results[number]
        messages = " ".join(test["message"] for test in lab["tests"])
        wrong = [f"{lab['outcome']}, not {outcome}"] if lab["outcome"] != outcome else []
        wrong += [f"{lab['score']} points, not 0"] if lab["score"] else []
        return wrong + ([f"says nothing of {words!r}"] if words not in messages else [])

    return judge


def by_test(number: int, expected: Mapping[str, str | None], may: tuple[str, ...]) -> Judge:
    """Those in `expected` end so (None: in any way but pass), or are skipped for one of the others; the rest pass."""

    def judge(results: Results) -> list[str]:
        wrong = []
        for test in results[number]["tests"]:
            name, outcome = test["name"], test["outcome"]
            if name in expected:
                fits = outcome == "skipped" or outcome == (expected[name] or outcome) != "pass"
            else:
                fits = outcome in SKIPPED or name in may
            if not fits:
                wrong.append(f"{name}: {outcome}, not {expected.get(name, 'pass')}")
        return wrong

    return judge


def zipped(files: Mapping[str, bytes]) -> Writer:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)

    return write


def written(content: bytes) -> Writer:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


def solved() -> Iterator[Student]:
    for lab in TREE.labs:
        yield Student(f"solves-{lab.name}", files_of(lab), all_points(lab.number))
        yield Student(f"copies-{lab.name}", files_of(lab), all_points(lab.number))
    first_fit = (TESTS / "submissions/1-heap-first-fit/heap.cpp").read_text()
    index = {f"heap.index_{name}": "pass" for name in ("instructions", "utilisation")}
    yield Student("knows first fit", one_file(first_fit), by_test(1, {}, tuple(index)))


def untouched() -> Iterator[Student]:
    for lab in TREE.labs:

        def starter(name: str, text: str, lab: Lab = lab) -> str:
            return marks.starter(text, lab.number, name)

        yield Student(
            f"starts-{lab.name}", files_of(lab, starter), no_points(lab.number, "not written")
        )


def mistaken(count: int) -> Iterator[Student]:
    """Mutants, as many of each lab as of any other, spread over its list."""
    by_lab = [
        [mutant for mutant in mutants.load(TREE) if mutant.lab.number == lab.number]
        for lab in TREE.labs
    ]
    by_lab = [found for found in by_lab if found]
    for number, found in enumerate(by_lab):
        share = count // len(by_lab) + (number < count % len(by_lab))
        for index in range(min(share, len(found))):
            yield _mutant(found[index * len(found) // share])


def _mutant(mutant: Mutant) -> Student:
    def write(folder: Path) -> None:
        mutants.apply(mutant, TREE, folder)
        (folder / "patch").unlink()

    expected = {
        name: str(outcome) if outcome else None for name, outcome in mutant.must_fail.items()
    }
    judge = by_test(mutant.lab.number, expected, mutant.may_fail)
    return Student(f"{mutant.lab.number}-{mutant.name}", write, judge)


def hostile() -> Iterator[Student]:
    """Those that strike in one test. What the audit sees (assembly) is refused, the rest is judged as it ends."""
    struck = toml(HOSTILE / "trigger.toml")["struck"]
    for name in hostile_names():
        heap = hostile_heap(name)
        judge = by_test(1, {test: toml(HOSTILE / f"{name}.toml")["outcome"] for test in struck}, ())
        if "asm volatile" in (HOSTILE / f"{name}.cpp").read_text():
            judge = no_points(1, "refused", "inline assembly")
        yield Student(f"hostile-{name}", one_file(heap), judge)


def accidents() -> Iterator[Student]:
    heap = reference(TREE.lab(1), "heap.cpp").encode()
    refused = "build error"
    yield Student("no-semicolon", one_file("int x = ;\n"), no_points(1, refused, "heap.cpp:1:9"))
    yield Student("empty-file", one_file(""), no_points(1, refused, "heap.cpp is empty"))
    yield Student("binary", one_file(b"\x7fELF\0\0"), no_points(1, refused, "is not text"))
    endless = "template<int N> struct A { A<N + 1> next; };\nA<0> a;\n"
    yield Student("endless-template", one_file(endless), no_points(1, refused, "instantiation"))
    outside = '#include "/etc/passwd"\n'
    yield Student("looks-outside", one_file(outside), no_points(1, refused))
    climbs = zipped({"../../../labs/1-heap/heap.cpp": heap})
    yield Student("climbs", climbs, no_points(1, refused, "the submission has no"), "climbs.zip")
    bomb = zipped({"labs/1-heap/heap.cpp": b" " * (200 << 20)})
    yield Student("bomb", bomb, no_points(1, refused, "at most 1 MiB"), "bomb.zip")
    damaged = written(b"PK\3\4 and no more")
    yield Student("damaged", damaged, no_points(1, refused, "is damaged"), "damaged.zip")
    odd = zipped({"a b\nc/labs/1-heap/heap.cpp": heap})
    yield Student("odd name", odd, all_points(1), "odd name.zip")

    def linked(folder: Path) -> None:
        (folder / "labs/1-heap").mkdir(parents=True)
        (folder / "labs/1-heap/heap.cpp").symlink_to("/etc/passwd")

    yield Student("a-link", linked, no_points(1, refused, "is a symbolic link"), "a-link")
    yield Student("sorry", lambda folder: folder.mkdir(), no_points(1, refused))


def forged() -> Iterator[Student]:
    """Those that want points which they have not earned."""
    for name in forging.NAMES:
        expected = toml(forging.FORGERIES / f"{name}.toml")
        judge = by_test(1, {forging.STRUCK: expected["outcome"]}, ())
        if expected["outcome"] == "refused":
            judge = no_points(1, "refused")
        yield Student(f"forges-{name}", partial(forging.hand_in, name), judge)


def whole(count: int) -> list[Student]:
    """A class of that many, or somewhat more: of each kind there is at least one."""
    fixed = [*solved(), *untouched(), *hostile(), *forged(), *accidents()]
    return [*fixed, *mistaken(max(2 * len(TREE.labs), count - len(fixed)))]


def write(students: list[Student], folder: Path) -> None:
    """Lays all that was handed in into the folder."""
    folder.mkdir(parents=True)
    for number, student in enumerate(students):
        if student.entry:
            student.write(folder / student.entry)
            continue
        target = folder / student.name
        student.write(target)
        if number % 4 == 1 and any(target.iterdir()):
            shutil.make_archive(str(target), "zip", target)
            shutil.rmtree(target)
        elif number % 4 == 3 and any(target.iterdir()):
            _tar(target)


def _tar(folder: Path) -> None:
    with tarfile.open(f"{folder}.tar.gz", "w:gz") as archive:
        archive.add(folder, ".")
    shutil.rmtree(folder)


def wrong(students: list[Student], grades: Mapping[str, Any]) -> list[str]:
    """What did not become of them what must."""
    found = {one["name"]: {lab["lab"]: lab for lab in one["labs"]} for one in grades["students"]}
    complaints = [
        f"{name} is missing" for name in {student.name for student in students} - set(found)
    ]
    for student in students:
        if student.name in found:
            complaints += [f"{student.name}: {text}" for text in student.judge(found[student.name])]
    return complaints
