"""What is said of a class as a whole, and the command that says it."""

import csv
import io
import json
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from pollux.classroom import command, earlier, folders, imports, page, summary
from pollux.classroom.cache import Basis
from pollux.classroom.marking import Marked, Taken
from pollux.errors import GraderError
from pollux.handin.submission import Handin
from pollux.roster import submissions
from pollux.roster.submissions import Submission
from pollux.verdict.outcome import Outcome
from pollux.verdict.results import of_all

from class_support import LAB, result, taken
from support import TREE


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


# What lies there already, and what other systems take.


def test_grades_of_another_class_are_not_overwritten(tmp_path: Path) -> None:
    marked = [Marked(taken(name), (result(),)) for name in ("ada", "bob", "eve")]
    earlier.check(tmp_path, marked, replace=False)
    text = summary.as_json(summary.summarise(marked, [LAB], (), (), ()))
    (tmp_path / "grades.json").write_text(text)
    earlier.check(tmp_path, marked[:2], replace=False)
    strangers: list[list[Marked]] = [[Marked(taken("zoe"), (result(),))], []]
    for others in strangers:
        with pytest.raises(GraderError, match="holds the grades of 3, of whom 3"):
            earlier.check(tmp_path, others, replace=False)
        earlier.check(tmp_path, others, replace=True)


def test_who_vanished_vanishes(tmp_path: Path) -> None:
    marked = [Marked(taken(name), (result(),)) for name in ("ada", "bob")]
    for one in marked:
        folders.write(one, Basis(TREE), tmp_path / "students")
    (tmp_path / "students/notes").mkdir()
    folders.remove_others(marked[:1], tmp_path)
    assert sorted(path.name for path in (tmp_path / "students").iterdir()) == ["ada", "notes"]
    assert [path.name for path in (tmp_path / "repeat").iterdir()] == ["ada.sh"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("x;=cmd()", "x;'=cmd()"),
        ("x\t@y", "x\t'@y"),
        (" +1", "' +1"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\u202eb", "a\\u202eb"),
        ("O'Neil-Jones", "O'Neil-Jones"),
    ],
)
def test_a_cell_is_only_words(text: str, shown: str) -> None:
    assert summary.cell(text) == shown


def test_what_canvas_and_moodle_import(tmp_path: Path) -> None:
    (tmp_path / "in/lovelaceada_123_9_heap.cpp").parent.mkdir()
    (tmp_path / "in/lovelaceada_123_9_heap.cpp").write_text("x")
    roster = tmp_path / "r.csv"
    roster.write_text(
        'Student,ID,SIS Login ID,Section,Old\n   Points Possible,,,,5\n"Lovelace, Ada",123,ada,A,3\n'
    )
    found = submissions.find(tmp_path / "in", roster=roster)
    marked = [Marked(Taken(found.submissions[0], Handin({1: {"heap.cpp": b"x"}}), {}), (result(),))]
    tables = imports.tables(summary.summarise(marked, [LAB], found.columns, (), ()), found)
    lines = list(csv.reader(io.StringIO(tables["import-canvas.csv"])))
    assert lines == [
        ["Student", "ID", "SIS Login ID", "Section", f"Lab 1: {LAB.title}"],
        ["    Points Possible", "", "", "", "100"],
        ["Lovelace, Ada", "123", "ada", "A", "100"],
    ]
    roster.write_text("Identifier,Full name,Grade\nParticipant 123,Ada Lovelace,\n")
    found = submissions.find(tmp_path / "in", roster=roster)
    marked = [Marked(Taken(found.submissions[0], Handin({1: {"heap.cpp": b"x"}}), {}), (result(),))]
    tables = imports.tables(summary.summarise(marked, [LAB], found.columns, (), ()), found)
    assert tables["import-moodle.csv"].splitlines()[1] == "Participant 123,Ada Lovelace,100"


# The command.


def test_a_student_is_told_of_what_was_handed_in(tmp_path: Path) -> None:
    two = of_all(TREE.lab(2), Outcome.BUILD_ERROR, "the submission has no executor.cpp")
    marked = Marked(taken("ada"), (result(Outcome.FAIL), two))
    folders.write(marked, Basis(TREE), tmp_path / "students")
    for name in ("report.txt", "report.html"):
        text = (tmp_path / "students/ada" / name).read_text()
        assert "a.cpp:1" in text and "executor" not in text
    assert "console" in (tmp_path / "students/ada/serial.log").read_text()
    assert "--lab 1 " in (tmp_path / "repeat/ada.sh").read_text()
    for path in (tmp_path / "students/ada").iterdir():
        text = path.read_text()
        assert str(TREE.root) not in text and "/in/ada" not in text and "index.html" not in text
    absent = Taken(Submission("bob", None), Handin(), {}, "nothing was handed in")
    nothing = of_all(LAB, Outcome.BUILD_ERROR, "nothing was handed in")
    folders.write(Marked(absent, (nothing,)), Basis(TREE), tmp_path / "students")
    assert "nothing was handed in" in (tmp_path / "students/bob/report.txt").read_text()
    assert not (tmp_path / "repeat/bob.sh").exists()


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
    done = subprocess.run([out / "repeat/ada.sh"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "build error" in done.stdout
