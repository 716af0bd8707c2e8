"""The entry scripts, as a person runs them."""

import json
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from support import TREE


def run(script: str, *words: object) -> "subprocess.CompletedProcess[str]":
    command = [str(TREE.root / "grader" / script), *(str(word) for word in words)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--lab", "77"), "grade: there is no lab 77; the tree has 1"),
        (("--lab", "x"), "invalid"),
        (("--lab", "1", "--test", "heap.nonsense"), "grade: there is no test 'heap.nonsense'"),
        (("--submission", "/nonexistent"), "grade: there is no /nonexistent"),
        (("--submission", "/usr/share/doc/make"), "holds no file of any lab"),
        (("--own-layers",), "--own-layers is about a submission"),
        (("--keep", "/proc/x"), "cannot be made"),
        (("--keep", "/usr"), "is there already"),
    ],
)
def test_a_mistake_gets_a_sentence(words: Sequence[str], sentence: str) -> None:
    done = run("grade", *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_student_without_a_folder() -> None:
    done = run("student")
    assert done.returncode == 2
    assert "make student DIR=" in done.stderr


SCRIPTS = sorted(
    path.name
    for path in (TREE.root / "grader").iterdir()
    if path.is_file() and path.read_bytes().startswith(b"#!/usr/bin/python3")
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_help(script: str) -> None:
    done = run(script, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage:" in done.stdout


@pytest.mark.stage
def test_grade_writes_its_results(tmp_path: Path) -> None:
    files = tmp_path / "r.json", tmp_path / "r.xml"
    done = run("grade", "--test", "heap.allocates", "--json", files[0], "--junit", files[1], "-v")
    assert done.returncode == 0
    (lab,) = json.loads(files[0].read_text())["labs"]
    assert [test["name"] for test in lab["tests"]] == ["heap.allocates"]
    assert 'name="allocates"' in files[1].read_text()


@pytest.mark.stage
def test_an_unreadable_submission_is_a_zero_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    done = run("grade", "--lab", "1", "--submission", tmp_path / "x.zip")
    assert done.returncode == 1
    assert "x.zip is damaged" in done.stdout


@pytest.mark.stage
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        [str(TREE.root / "grader/grade"), "--lab", "1"],
        env={"TMPDIR": str(scratch), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    _wait_for_tests(scratch)
    process.send_signal(number)
    _, words = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in words
    assert not list(scratch.iterdir())
    assert not _commands_with(str(scratch))


def _wait_for_tests(scratch: Path) -> None:
    deadline = time.monotonic() + 60
    while not list(scratch.glob("pollux-*/lab-1/tests/machines/*.qcow2")):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _commands_with(words: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if words in command:
            found.append(command)
    return found
