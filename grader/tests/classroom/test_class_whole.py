"""A small class, graded by the real thing, interrupted and resumed; sixty.py does it with a large one."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

import sample_class
from support import TREE

NAMES = ("solves-heap", "copies-heap", "no-semicolon", "damaged", "odd name", "a-link", "binary")
LEFT = ("starts-heap",)


def start(folder: Path, out: Path, scratch: Path) -> "subprocess.Popen[str]":
    scratch.mkdir(exist_ok=True)
    return subprocess.Popen(
        [
            str(TREE.root / "grader/grade-class"),
            str(folder),
            "--out",
            str(out),
            "--lab",
            "1",
            "-j2",
        ],
        env=os.environ | {"TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.stage
def test_is_graded_as_expected_whatever_happens(tmp_path: Path) -> None:
    students = [*sample_class.solved(), *sample_class.untouched(), *sample_class.accidents()]
    students = [one for one in students if one.name in NAMES + LEFT]
    assert len(students) == len(NAMES + LEFT)
    folder, out, scratch = tmp_path / "in", tmp_path / "out", tmp_path / "scratch"
    sample_class.write(students, folder)

    process = start(folder, out, scratch)
    while not list(out.glob("cache/*.json")) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    words, _ = process.communicate(timeout=120)
    assert process.returncode == 130, words
    assert "the same command goes on from there" in words and "Traceback" not in words
    assert not list(scratch.iterdir())

    process = start(folder, out, scratch)
    words, _ = process.communicate()
    assert process.returncode in (0, 1), words  # 1: there are remarks
    assert "graded before" in words
    assert not sample_class.wrong(students, json.loads((out / "grades.json").read_text()))
    rows = (out / "grades.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == sorted(one.name for one in students)
    assert "nobody was compared" not in (out / "index.html").read_text()
