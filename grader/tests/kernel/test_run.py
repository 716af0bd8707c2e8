"""`make run`: every stage but the last runs its tests on the terminal, and finds of the reference what the grader finds."""

import re
import subprocess

import pytest
from pollux.course.lab import Lab

from support import TREE

TESTED = TREE.labs[:-1]
SECONDS = 900  # a first build on a loaded machine


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "--no-print-directory", "run", *words],
        cwd=TREE.root,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=SECONDS,
    )


@pytest.mark.stage
@pytest.mark.parametrize("lab", [pytest.param(lab, id=f"lab {lab.number}") for lab in TESTED])
def test_runs_every_test_and_none_fails(lab: Lab) -> None:
    done = run(f"LAB={lab.number}")
    count = len(lab.tests)
    assert done.returncode == 0, done.stdout[-2000:]
    assert re.search(rf"^# END ran={count} passed={count}", done.stdout, re.MULTILINE)
    assert "FAIL" not in done.stdout


@pytest.mark.stage
def test_the_last_stage_has_all_tests_in_one_boot() -> None:
    """The kernel's own too, one after the other in one machine: none leaves behind what another one stumbles over."""
    done = run(f"LAB={TREE.labs[-1].number}", "ORDERS=test=all")
    assert done.returncode == 0, done.stdout[-2000:]
    assert (end := re.search(r"^# END ran=(\d+) passed=(\d+)", done.stdout, re.MULTILINE))
    assert end[1] == end[2] and int(end[1]) > sum(len(lab.tests) for lab in TREE.labs)
    assert "FAIL" not in done.stdout


@pytest.mark.stage
def test_counts_instructions_in_the_last_stage_too() -> None:
    """The same order gives the same figure twice: no time of the host is in it."""
    words = f"LAB={TREE.labs[-1].number}", "ORDERS=test=executor.polls_one_event_a_turn"
    lines = [re.findall(r"^ok 1 .*instructions=\d+", run(*words).stdout, re.M) for _ in range(2)]
    assert len(lines[0]) == 1 and lines[0] == lines[1]
