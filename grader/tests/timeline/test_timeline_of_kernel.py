"""`make timeline` on a kernel: the reference, and one whose wake-ups get lost."""

import json
import shutil
import subprocess
from pathlib import Path

from support import TREE, reference

TEST = "waker.survives_jitter"


def make(*words: str) -> str:
    command = ["make", "-C", str(TREE.root), "--no-print-directory", "timeline", "LAB=3", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_reference_breaks_no_rule() -> None:
    said = make(f"TEST={TEST}")
    assert "RULE BROKEN" not in said and "outcome=pass" in said
    folder = TREE.root / "build/timeline"
    entries = json.loads((folder / f"{TEST}.trace.json").read_text())["traceEvents"]
    names = {entry["args"]["name"] for entry in entries if entry["name"] == "thread_name"}
    assert {"core 0", "1 work", "13 listen"} <= names
    wakes = [entry for entry in entries if entry["ph"] == "s" and entry["name"] == "wake"]
    assert {entry["pid"] for entry in wakes} == {1, 2}  # by events, and by interrupts
    assert "no rule was broken" in (folder / f"{TEST}.html").read_text()


def test_a_lost_wake_up_is_shown_with_its_line(tmp_path: Path) -> None:
    lab = TREE.lab(3)
    handin = tmp_path / lab.folder
    handin.mkdir(parents=True)
    for name in lab.files:
        text = reference(lab, name)
        (handin / name).write_text(text.replace("if (event.state == State::woken)", "if (false)"))
    mine = (handin / "waker.cpp").read_text().splitlines()
    line = next(n for n, text in enumerate(mine, 1) if "State::blocked; // (3)" in text)
    out = tmp_path / "out"
    built = f"BUILD=build/trace OUT={out} HANDIN={tmp_path} HANDIN_LABS=3 TRACE=1".split()
    command = ["make", "-C", str(TREE.root), "-s", "stage", "LAB=3", *built]
    subprocess.run(command, capture_output=True, check=True)
    command = [str(TREE.root / "grader/timeline"), "--lab", "3", "--out", str(out), "--test", TEST]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert "(6) blocked although it had been woken while it" in said
    assert f"labs/3-waker/waker.cpp:{line}\n" in said
    shutil.rmtree(TREE.root / "build/timeline", ignore_errors=True)
