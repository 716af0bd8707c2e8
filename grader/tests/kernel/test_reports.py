"""The kernel's report of its own death: each death is caused, and the report says what happened and where to look."""

import subprocess
from pathlib import Path

import pytest
from pollux.debug.replay import Debugged
from pollux.host import processes
from pollux.machine.machine import Orders
from pollux.verdict.judge import HARNESS

from support import BASES, TREE, grade_lab, reference

SCREEN = 24
# Names of functions may be long: a line is not cut for the sake of a terminal.
WIDEST = 130
DEATHS_FOLDER = "grader/tests/deaths"


def report_of(number: int, file: str, change: tuple[str, str], test: str, folder: Path) -> str:
    """What the console has from the death on, when a mistake is made in the reference of a lab."""
    lab = TREE.lab(number)
    for name in lab.files:
        (folder / name).write_text(reference(lab, name))
    source = reference(lab, file)
    assert source.count(change[0]) == 1, "the reference has changed"
    (folder / file).write_text(source.replace(*change))
    (result,) = grade_lab(number, folder, tests=(test,), honour_needs=False, audited=False).tests
    lines = result.console.splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith(("PANIC", "HANG")))
    return "\n".join(lines[begin:])


@pytest.mark.stage
def test_a_lost_wake_up_is_called_a_deadlock(tmp_path: Path) -> None:
    lost = ("    executor().blocked.remove(event);\n    executor().schedule(event); // (4)\n", "")
    said = report_of(3, "waker.cpp", lost, "timer.wakes_a_sleeper", tmp_path)
    assert said.startswith("HANG")
    assert "every event is blocked, and nothing has woken one" in said
    assert " waits: sleep" in said
    assert len(said.splitlines()) <= SCREEN, said


# What each says: see deaths/deaths.cpp.
KINDS = {
    "by_panic": (
        "PANIC",
        "had enough",
        "  at deaths::innermost.resume+",
        "in event 1, pid 0, poll 2",
        "  awaited by deaths::middle.resume",
        "  awaited by deaths::outermost.resume",
    ),
    "by_assertion": (
        "PANIC kernel/lib/list.hpp:",
        "assertion failed: !node.is_linked()",
        "look for what queues an event that is in a queue already",
        "  at test_death_by_assertion+",
    ),
    "by_null": (
        "FAULT page fault at 0x8 (write, not present)",
        "look for a null pointer",
        "  at test_death_by_null+",
    ),
    "by_null_minus_something": (
        "FAULT page fault at 0xfffffffffffffff0 (write, not present)",
        "look for a null pointer: the address is 16 bytes before null",
    ),
    "by_null_while_another_waits": ("FAULT page fault at 0x0", "look for a null pointer"),
    "by_a_lost_deadline": (
        "HANG rip=0x",
        "  event 1 waits: sleep, which was due ",
        "the timer is armed for nothing",
    ),
    "by_a_bad_call": (
        "FAULT page fault at 0x5eed00000000 (execute, not present), rip=0x5eed00000000 ?+0x",
        "look for a call through a pointer",
        "  at test_death_by_a_bad_call+",
    ),
    "by_stack_overflow": (
        "FAULT stack overflow: the kernel stack hit its guard page at 0x",
        "look for what calls itself",
        "  at deaths::descend+",
        "  at deaths::descend+",
        " times more",
        "  at test::run+",
    ),
    "by_a_large_array": (
        "FAULT stack overflow: the kernel stack hit its guard page at 0x",
        "keeps a large array",
        "  at deaths::keep_much",
        "  at test::run+",
    ),
    "by_double_fault": (
        "FAULT double fault (8)",
        "look at rsp",
        "rsp=00005eed00000000",
        "  at test_death_by_double_fault+",
    ),
    "by_general_protection": (
        "FAULT general protection fault (13)",
        "look for a pointer that was read from memory which is freed",
        "  at test_death_by_general_protection+",
    ),
    "by_hang": (
        "HANG rip=0x",
        "look for a loop that never awaits",
        "  at deaths::spin.resume+",
        "in event 1, pid 0, poll 2",
    ),
    "by_hang_with_interrupts_off": (
        "interrupts off",
        "look for a loop that waits, with interrupts off",
        "  at test_death_by_hang_with_interrupts_off+",
    ),
    "by_deadlock": (
        "HANG rip=0x",
        "deadlock: 2 events wait for one another:",
        "  event 1 waits for event 2: mutex",
        "    at deaths::lock_both.resume",
        "  event 2 waits for event 1: mutex",
        "look for two that take the same things in another order",
    ),
    "by_a_lost_wake_up": (
        "HANG rip=0x",
        "every event is blocked, and nothing has woken one",
        "  event 1 waits for event 2: join",
        "  event 2 waits: wake-up",
        "    at deaths::wait_for_ever.resume",
        "look for whoever should have called wake",
    ),
    "by_double_free": ("PANIC", "(double free)", "look for a second owner"),
    "by_recycling_twice": ("PANIC", "(double free)", "look for a second owner"),
    "by_resuming_what_is_gone": (
        "FAULT page fault at 0xfffff4eed000f4ee (execute, not present)",
        "a frame that is destroyed has none",
        "  at test_death_by_resuming_what_is_gone+",
    ),
    "by_corrupted_heap": (
        "PANIC",
        "(overrun)",
        "look for a write past the end of that block",
        "  at test_death_by_corrupted_heap+",
    ),
}
# A traced build's.
TRACES = {
    "by_panic": (
        "  awaited by kernel/../grader/tests/deaths/deaths.cpp:",
        " event 1 taken",
        "event 1 polled",
    ),
    "by_a_lost_wake_up": (" event 1 blocked", " event 2 blocked"),
}


def stage_of_deaths(folder: Path, *variables: str) -> Path:
    """Stage 4 with the tests that die, as one more part of the kernel."""
    BASES.ensure(TREE, TREE.lab(4), folder / "make", lambda: None)
    part = f"KERNEL_4=../{DEATHS_FOLDER}"
    command = ["make", "-s", "-j2", "stage", "LAB=4", part, f"OUT={folder}", *variables]
    subprocess.run(
        command, cwd=TREE.root, check=True, stdin=subprocess.DEVNULL, capture_output=True
    )
    return folder / "stage-4.iso"


def death(iso: Path, name: str, folder: Path) -> str:
    """What the console has from the death on."""
    orders = Orders((f"death.{name}",), limit_seconds=2)
    debugged = Debugged.write(folder / "machine", iso, orders)
    done = processes.run(debugged.run(), debugged.log, seconds=60)
    assert done.status in HARNESS, done.output
    lines = debugged.console.read_text().splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith(("PANIC", "HANG", "FAULT")))
    return "\n".join(lines[begin:])


@pytest.mark.stage
def test_every_death_is_explained_on_one_screen(tmp_path: Path) -> None:
    """In order: what it was, where to look, the calls, the event and who awaits it."""
    iso = stage_of_deaths(tmp_path)
    for name, expected in KINDS.items():
        said = death(iso, name, tmp_path)
        assert len(said.splitlines()) <= SCREEN, said
        assert all(len(line) <= WIDEST for line in said.splitlines()), said
        assert said.startswith("HANG") or "every event is blocked" not in said
        at = 0
        for words in expected:
            found = said.find(words, at)
            assert found >= 0, f"{name}: no {words!r} after {said[:at]!r}\n{said}"
            at = found + len(words)

    values = failed_values(iso, tmp_path)
    assert values == [
        "4/18446744073709551613 (it wrapped: -3)",
        "'a'/'b'",
        "'a'/character 0x0",
        '"cancelled"/"closed"',
        "null/event 1",
    ]


def failed_values(iso: Path, folder: Path) -> list[str]:
    """What is expected and what came, of each expectation of death.by_values."""
    death(iso, "by_values", folder)
    lines = (folder / "machine/console").read_text().splitlines()
    sides = [line.partition(": ")[2].strip() for line in lines if line.startswith("  expected:")]
    came = [line.partition(": ")[2].strip() for line in lines if line.startswith("  got:")]
    return [f"{side}/{other}" for side, other in zip(sides, came, strict=True)]


@pytest.mark.stage
def test_a_traced_build_says_what_came_before(tmp_path: Path) -> None:
    iso = stage_of_deaths(tmp_path, "TRACE=1", "BUILD=build/trace")
    for name, expected in TRACES.items():
        said = death(iso, name, tmp_path)
        assert len(said.splitlines()) <= SCREEN, said
        for words in (*KINDS[name][:2], *expected):
            assert words in said, said
