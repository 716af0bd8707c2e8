"""`make timeline` on a kernel: the reference, and one whose wake-ups get lost."""

import io
import json
import subprocess
from pathlib import Path

from pollux.building.stage import BuildError
from pollux.grading.seeing import see_failed
from pollux.report import terminal
from pollux.report.page import as_html
from pollux.verdict.judge import Verdict
from pollux.verdict.outcome import Outcome
from pollux.verdict.results import TestResult
from rich.console import Console
from support import TREE, grade_lab, reference

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
    """In the report and on its page, and by `make timeline` of such a tree the same."""
    lab = TREE.lab(3)
    handin = tmp_path / lab.folder
    handin.mkdir(parents=True)
    for name in lab.files:
        text = reference(lab, name)
        (handin / name).write_text(text.replace("if (event.state == State::woken)", "if (false)"))
    mine = (handin / "waker.cpp").read_text().splitlines()
    line = next(n for n, text in enumerate(mine, 1) if "State::blocked; // (3)" in text)
    result = grade_lab(3, tmp_path, tests=(TEST, "waker.blocks_until_woken"), seeing=True)
    good, bad = result.tests
    assert good.outcome is Outcome.PASS and good.seen is None
    assert bad.outcome is Outcome.HANG and bad.seen is not None
    assert bad.seen.steps[0].startswith("RULE BROKEN by event")
    assert "(6) blocked although it had been" in " ".join(bad.seen.steps)
    assert any(f"labs/3-waker/waker.cpp:{line}" in step for step in bad.seen.steps)
    out = io.StringIO()
    terminal.Report(Console(file=out, width=200), ["grade"], False, TREE.root).graded(result)
    assert f"draw it: make timeline LAB=3 TEST={TEST}" in out.getvalue()
    html = as_html([result], ["grade"], TREE.root)
    assert "RULE BROKEN" in html and html.count('<svg class="tl"') == 1


def test_what_does_not_build_traced_is_not_shown() -> None:
    lab = TREE.lab(3)
    failed = TestResult(lab.tests[0], Verdict(Outcome.FAIL))
    error = BuildError("no", "no")
    assert see_failed(lab, [failed], lambda: error, TREE.root, Path("/nowhere"), 1) == [failed]
