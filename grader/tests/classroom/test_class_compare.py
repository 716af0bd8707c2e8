"""What changed between two gradings."""

import json
import subprocess
from pathlib import Path

from pollux.classroom import summary
from pollux.classroom.marking import Marked
from pollux.verdict.outcome import Outcome

from class_support import LAB, result, taken
from support import TREE


def graded(folder: Path, **outcomes: Outcome) -> Path:
    marked = [Marked(taken(name), (result(one),)) for name, one in outcomes.items()]
    folder.mkdir()
    text = summary.as_json(summary.summarise(marked, [LAB], (), (), ()))
    (folder / "grades.json").write_text(text)
    return folder


def run(*words: Path) -> "subprocess.CompletedProcess[str]":
    command = [str(TREE.root / "grader/compare"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_who_gained_and_who_lost_and_why(tmp_path: Path) -> None:
    old = graded(tmp_path / "old", ada=Outcome.FAIL, bob=Outcome.PASS, eve=Outcome.PASS)
    new = graded(tmp_path / "new", ada=Outcome.PASS, bob=Outcome.PANIC, zoe=Outcome.PASS)
    done = run(old, new)
    assert done.returncode == 1 and "1 gained, 1 lost, 2 changed otherwise" in done.stdout
    first = LAB.tests[0].name
    assert f"lab 1 {first}: pass -> panic" in done.stdout and "is gone" in done.stdout
    assert run(old, old).returncode == 0
    assert run(old, tmp_path).returncode == 2
    assert json.loads((old / "grades.json").read_text())["students"]
