"""What there is to watch in each stage, watched."""

import subprocess

import pexpect
import pytest
from pollux.machine.machine import qemu

from support import TREE

MEBIBYTES = 128
# How a run ends: isa-debug-exit's 0x2a.
SUCCESS = 85
SECONDS = 120


def build(lab: int) -> list[str]:
    """QEMU's command for the demo of a stage, in virtual time: what sleeps costs nothing."""
    name = TREE.lab(lab).folder.partition("-")[2]
    words = ["make", "-C", str(TREE.root), "-s", f"build/demo-{lab}.iso"]
    made = subprocess.run(
        [*words, f"LAB={lab}", f"ORDERS=test=demo.{name}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    iso = TREE.root / f"build/demo-{lab}.iso"
    return [*qemu(iso, MEBIBYTES), "-action", "panic=none", "-serial", "stdio"]


def watch(lab: int, *expected: str, key: str = "") -> str:
    """Sees these in this order, presses a key, and waits for the end; what the screen was told since."""
    program, *words = build(lab)
    seen = ""
    with pexpect.spawn(program, words, timeout=SECONDS, encoding="utf-8") as screen:
        for each in expected:
            screen.expect(each)
            seen += f"{screen.before}{screen.after}"
        screen.send(key)
        screen.expect("The demo is over")
        seen += screen.before
        screen.expect(pexpect.EOF)
        screen.close()
        assert screen.exitstatus == SUCCESS, seen + screen.before
    return seen


@pytest.mark.stage
def test_the_heap_breathes() -> None:
    seen = watch(1, "Stage 1: the heap breathes", "#{20}", "fragmentation", "all is given back")
    assert "in use    0 blocks       0 bytes" in seen


@pytest.mark.stage
def test_priorities_share_and_ageing_is_seen() -> None:
    seen = watch(2, "Stage 2", "a +high", "h background", "as they came", "a?b?[ab]{40}")
    assert any(f"ab{letter}" in seen for letter in "cdefgh")


@pytest.mark.stage
def test_sleepers_are_on_time_while_the_core_halts() -> None:
    watch(3, "Stage 3", "zzzz", r"the core halts  9\d\.\d %")


@pytest.mark.stage
def test_a_tree_grows_and_a_key_collapses_it() -> None:
    watch(4, "Stage 4", r"\* event", "`-- event", " 1 times collapsed", key="q")
