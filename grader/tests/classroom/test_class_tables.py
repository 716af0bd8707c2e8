"""What is said of a class as a whole, and the command that says it."""

import csv
import io
import json
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from pollux.classroom import command, folders, page, similar, summary
from pollux.classroom.cache import Basis
from pollux.classroom.marking import Marked, Taken
from pollux.classroom.submissions import Submission
from pollux.course import student
from pollux.errors import GraderError
from pollux.handin.submission import Handin
from pollux.verdict.outcome import Outcome
from pollux.verdict.results import of_all

from class_support import LAB, result, taken
from support import TREE, reference


def classroom() -> list[Marked]:
    absent = of_all(LAB, Outcome.BUILD_ERROR, "the submission has no labs/1-heap/heap.cpp")
    return [
        Marked(taken("ada"), (result(),)),
        Marked(taken("=1+1"), (result(Outcome.FAIL, Outcome.PANIC),)),
        Marked(taken("<b>eve", "x"), (of_all(LAB, Outcome.BUILD_ERROR, "<i>no</i>"),)),
        Marked(taken("fay", "y"), (result(Outcome.FORGED),)),
        Marked(taken("gus", "z"), (of_all(LAB, Outcome.GRADER_ERROR, "no QEMU"),)),
        Marked(taken("hal", None), (absent,)),
    ]


def tables() -> summary.Summary:
    return summary.summarise(classroom(), [LAB], (), (), ("a remark",))


def test_figures() -> None:
    (lab,) = tables().labs
    assert (lab.absent, lab.graded, lab.ran, lab.full) == (1, 4, 3, 1)
    assert sum(lab.bins) == 4 and lab.bins[-1] == 1 and lab.bins[0] == 1
    hardest = lab.tests[0]
    assert hardest.test is LAB.tests[0]
    assert dict((kind, count) for kind, count, _ in hardest.outcomes) == {
        Outcome.FAIL: 1,
        Outcome.FORGED: 1,
    }
    assert hardest.percent == 66.7


def test_what_an_instructor_must_look_at() -> None:
    assert [one.marked.name for one in tables().refused] == ["<b>eve", "fay"]
    assert [one.marked.name for one in tables().errors] == ["gus"]


def test_csv() -> None:
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(summary.as_csv(tables())))}
    assert rows["ada"]["lab 1"] == rows["ada"]["total"] == "100"
    assert rows["gus"]["lab 1"] == rows["gus"]["total"] == ""  # never a zero
    assert rows["gus"]["note"] == "lab 1: no QEMU"
    assert rows["hal"]["lab 1 outcome"] == "not handed in"
    assert "'=1+1" in rows  # no formula for a spreadsheet


def test_the_tables_do_not_depend_on_how_long_it_took() -> None:
    slow = [
        replace(one, results=tuple(replace(result, seconds=99) for result in one.results))
        for one in classroom()
    ]
    other = summary.summarise(slow, [LAB], (), (), ("a remark",))
    assert summary.as_csv(other) == summary.as_csv(tables())
    documents = [json.loads(summary.as_json(one)) for one in (other, tables())]
    assert documents[0].pop("timing") != documents[1].pop("timing")
    assert documents[0] == documents[1]


def test_the_page_is_one_file_and_takes_nobodys_word_for_markup() -> None:
    text = page.as_html(tables(), "Class & lab")
    assert "&lt;b&gt;eve" in text and "<b>eve" not in text and "<i>no" not in text
    assert "Class &amp; lab" in text
    assert "src=" not in text and "<link" not in text and "http" not in text
    assert "no QEMU" in text and "a remark" in text and "prefers-color-scheme: dark" in text


# Near-duplicates.


def compared(texts: dict[str, str], tmp_path: Path) -> list[tuple[tuple[str, ...], int]]:
    marked = [
        Marked(replace(taken(name), handin=Handin({1: {"heap.cpp": text.encode()}})), ())
        for name, text in texts.items()
    ]
    found = similar.compare(marked, LAB, TREE, tmp_path / "compared")
    assert not found.remark
    return [(twins.names, twins.percent) for twins in found.twins]


def test_copies_are_found_whatever_they_are_called(tmp_path: Path) -> None:
    text = reference(LAB, "heap.cpp")
    renamed = text.replace("allocated_blocks", "count").replace("    ", "\t")
    other = (TREE.root / "grader/tests/submissions/1-heap-first-fit/heap.cpp").read_text()
    found = compared({"ada": text, "bob": text, "carl": renamed, "dana": other}, tmp_path)
    assert found[0] == (("ada", "bob"), 100)
    assert ("ada", "carl") in [names for names, percent in found if percent >= 90]
    assert not any("dana" in names for names, _ in found)


def test_the_starter_makes_nobody_a_copier(tmp_path: Path) -> None:
    out = tmp_path / "starter"
    student.write(TREE, out, ())
    text = (out / "labs/1-heap/heap.cpp").read_text()
    assert not compared({"ada": text, "bob": text}, tmp_path)


# The command.


def test_a_student_is_told_of_what_was_handed_in(tmp_path: Path) -> None:
    two = of_all(TREE.lab(2), Outcome.BUILD_ERROR, "the submission has no executor.cpp")
    marked = Marked(taken("ada"), (result(Outcome.FAIL), two))
    folders.write(marked, Basis(TREE), tmp_path)
    for name in ("report.txt", "report.html"):
        text = (tmp_path / "ada" / name).read_text()
        assert "a.cpp:1" in text and "executor" not in text
    assert "console" in (tmp_path / "ada/serial.log").read_text()
    assert "--lab 1 " in (tmp_path / "ada/repeat.sh").read_text()
    absent = Taken(Submission("bob", None), Handin(), {}, "nothing was handed in")
    nothing = of_all(LAB, Outcome.BUILD_ERROR, "nothing was handed in")
    folders.write(Marked(absent, (nothing,)), Basis(TREE), tmp_path)
    assert "nothing was handed in" in (tmp_path / "bob/report.txt").read_text()
    assert not (tmp_path / "bob/repeat.sh").exists()


def test_another_grader_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with command._alone(tmp_path, shared=True):
        with command._alone(tmp_path, shared=True):
            pass
        with pytest.raises(GraderError, match="another grade-class"):
            with command._alone(tmp_path, shared=False):
                pass


def run(*words: object) -> "subprocess.CompletedProcess[str]":
    command = [str(TREE.root / "grader/grade-class"), *(str(word) for word in words)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def test_merging_what_is_not_graded_names_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/ada.cpp").write_text("int x;\n")
    done = run(tmp_path / "in", "--out", tmp_path / "out", "--lab", 1, "--merge")
    assert done.returncode == 2 and "1 of 1 are not graded yet: ada" in done.stderr


@pytest.mark.stage
def test_a_small_class_in_parts(tmp_path: Path) -> None:
    """What cannot be run costs no time: parts, tables over them, and a second run that grades nothing."""
    folder, out = tmp_path / "in", tmp_path / "out"
    for name, text in (
        ("ada", "int x = ;\n"),
        ("bob", "// later\n"),
        ("o'neil <i>", "int y = ;\n"),
    ):
        (folder / name).mkdir(parents=True)
        (folder / name / "heap.cpp").write_text(text)
    with zipfile.ZipFile(folder / "eve.zip", "w") as archive:
        archive.writestr("labs/1-heap/heap.cpp", "")
    for part in (1, 2):
        assert (
            run(folder, "--out", tmp_path / f"part{part}", "--shard", f"{part}/2").returncode == 0
        )
    done = run(folder, "--out", out, "--merge", tmp_path / "part1", tmp_path / "part2")
    assert done.returncode == 0 and "4 graded before, 0 to grade" in done.stdout
    rows = list(csv.DictReader((out / "grades.csv").open()))
    assert [row["name"] for row in rows] == ["ada", "bob", "eve", "o'neil <i>"]
    assert {row["lab 1"] for row in rows} == {"0"}
    assert "heap.cpp:1:9" in rows[0]["note"] and "is empty" in rows[2]["note"]
    again = run(folder, "--out", out)
    assert "4 graded before, 0 to grade" in again.stdout
    (ada,) = (out / "students").glob("ada")
    assert "expected expression" in (ada / "report.txt").read_text()
    done = subprocess.run([ada / "repeat.sh"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "build error" in done.stdout
