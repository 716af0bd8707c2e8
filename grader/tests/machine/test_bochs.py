"""Tests in Bochs: what its debugger is told, what it says, and that verdicts are those of QEMU."""

import json
from functools import cache
from pathlib import Path

import pexpect
import pyte
import pytest
from pollux.course.lab import Lab
from pollux.debug import bochs_command
from pollux.errors import GraderError
from pollux.grading.running import Emulator
from pollux.host import processes
from pollux.machine import bochs, bochs_machine
from pollux.machine.bochs_machine import Halt, Places
from pollux.machine.image import Part
from pollux.machine.machine import Inspection, Orders
from pollux.machine.patience import Stopped
from pollux.machine.siphash import Key
from pollux.report.formats import as_json
from pollux.upkeep import given
from pollux.upkeep.traced import failures

from support import BASES, HOSTILE, TREE, grade_lab, hostile_heap, toml

PLACES = Places(0x10, 0x20, 0x30)
BEGIN, TAG = Halt(0x10, 0), Halt(0x20, 7)


def test_the_orders_take_the_place_of_others() -> None:
    image = b'abc\norders=""' + b" " * 30 + b"\ndef"
    changed = bochs_machine.with_orders(image, "test=heap.a limit=10")
    assert changed == b'abc\norders="test=heap.a limit=10"' + b" " * 10 + b"\ndef"
    with pytest.raises(GraderError, match="longer than the image has room for"):
        bochs_machine.with_orders(image, "x" * 31)


def test_stops_are_read() -> None:
    output = "rax: 1\nrdi: 00000000_0000002a\nr8 : 1\nrip: ffffffff_80107390\neflags\n" * 2
    assert bochs_machine.halts_in(output) == [Halt(0xFFFFFFFF80107390, 0x2A)] * 2


def test_the_key_goes_into_registers_only() -> None:
    words = bochs_machine.script(PLACES, Key(0xABC, 0xDEF), 10, [])
    assert "set rdi = 0xabc\nset rsi = 0xdef\n" in words
    assert "abc" not in str(Orders(("heap.a",), shift=0))


@pytest.mark.parametrize(
    ("halts", "log", "end"),
    [
        ([BEGIN, TAG, TAG, Halt(0x30, 0x2A)], "", (85, None, None, None)),
        ([Halt(0x30, 0x2F)], "", (95, None, None, None)),
        ([BEGIN, Halt(0x30, 0x2C), BEGIN], "", (0, "guest-reset", None, None)),
        ([BEGIN, Halt(0x55, 1)], "", (0, None, Stopped.TIME, 0x55)),
        ([BEGIN, BEGIN], "", (0, "guest-reset", None, None)),
        ([BEGIN], bochs_machine.NO_RESOLUTION, (0, "guest-reset", None, None)),
        ([BEGIN], bochs_machine.SHUTDOWN, (0, "guest-shutdown", None, None)),
        ([BEGIN], "", (1, None, None, None)),
    ],
)
def test_how_it_ended(halts: list[Halt], log: str, end: tuple[object, ...]) -> None:
    assert bochs_machine._end(PLACES, halts, log) == end


def counted(content: bytes) -> dict[str, int]:
    return {"a:1 f": len(content)}


def test_the_memory_is_looked_at_where_the_kernel_left(tmp_path: Path) -> None:
    parts = [Part(0x100, 0, b"code"), Part(0x200, 0, b"constants")]
    look = (PLACES, [BEGIN, Halt(0x30, 0x2A)], parts, tmp_path, counted)
    (tmp_path / "memory-0").write_bytes(b"code")
    (tmp_path / "memory-2").write_bytes(b"counts")
    (tmp_path / "memory-1").write_bytes(b"conztants")
    assert bochs_machine.inspection(*look) == Inspection(1, 0x203, {"a:1 f": 6})
    (tmp_path / "memory-1").write_bytes(b"constants")
    assert bochs_machine.inspection(*look) == Inspection(1, None, {"a:1 f": 6})
    (tmp_path / "memory-0").unlink()
    assert bochs_machine.inspection(*look) == Inspection(1, 0x100, {"a:1 f": 6})
    assert bochs_machine.inspection(PLACES, [BEGIN, TAG], parts, tmp_path, counted) is None


def test_a_name_must_be_the_only_one() -> None:
    symbols = [(1, "a(int)"), (2, "b"), (3, "b")]
    assert bochs.address_of(symbols, "a(int)") == 1
    for name in ("b", "c"):
        with pytest.raises(GraderError, match=f"functions {name}"):
            bochs.address_of(symbols, name)


# Each in a boot of its own: a plain test, those that live on time, and one that lives in ring 3. All tests of a lab so:
# `make grade EMULATOR=bochs`.
CHOSEN = {
    1: ("heap.survives_an_overrun_of_one_byte",),
    3: ("idle.takes_no_interrupts_but_its_timer", "timer.loses_no_short_sleep"),
    5: ("registers.survive_a_quick_call",),
}


@cache
def in_bochs(number: int) -> str:
    result = grade_lab(number, None, tests=CHOSEN[number], emulator=Emulator.BOCHS, jobs=2)
    document = json.loads(as_json([result]))
    del document["timing"]
    assert result.score == result.max_score, document
    return json.dumps(document)


@pytest.mark.stage
@pytest.mark.parametrize("lab", [pytest.param(TREE.lab(n), id=TREE.lab(n).name) for n in CHOSEN])
def test_the_reference_passes_there_too(lab: Lab) -> None:
    assert in_bochs(lab.number)


def boot(
    lab: Lab, tests: str, folder: Path, processor: str = bochs.PROCESSOR
) -> tuple[int, list[str]]:
    """One boot of the lab's stage without the debugger's script, hence with the key that is none: how many tests passed,
    and what is wrong."""
    BASES.ensure(TREE, lab, folder / "make", lambda: None)
    orders = Orders((tests,), limit_seconds=30, shift=0)
    image = (TREE.root / f"build/stage-{lab.number}.iso").read_bytes()
    (folder / "stage.iso").write_bytes(bochs_machine.with_orders(image, str(orders)))
    files = bochs.Files(folder / "stage.iso", folder)
    memory = max(test.memory_mebibytes for test in lab.tests)
    words = bochs.configuration(TREE.root, files, memory, processor=processor)
    files.configuration.write_text(words)
    files.commands.write_text("c\nq\n")
    done = processes.run(bochs.command(files), folder / "bochs", seconds=300)
    passed, wrong = failures((folder / "results").read_text())
    return passed, wrong + ([done.output[-1000:]] if wrong else [])


@pytest.mark.stage
@pytest.mark.parametrize("lab", [pytest.param(lab, id=lab.name) for lab in TREE.labs])
def test_all_tests_pass_there_in_one_boot(lab: Lab, tmp_path: Path) -> None:
    assert boot(lab, "lab", tmp_path) == (len(lab.tests), [])


@pytest.mark.stage
def test_the_machine_keeps_its_promises_there(tmp_path: Path) -> None:
    """With a timer that takes time stamps, which QEMU's processors have not."""
    count = len(given.tests(TREE, "arch"))
    assert boot(TREE.labs[-1], "arch/", tmp_path) == (count, [])


@pytest.mark.stage
def test_a_run_is_the_same_every_time() -> None:
    first = in_bochs(1)
    in_bochs.cache_clear()
    assert in_bochs(1) == first


# How a machine can end, and what no honest kernel does.
ENDS = {
    "triple_faults": "triple fault",
    "writes_to_null": "panic",
    "spins_with_interrupts_off": "hang",
    "halts_for_ever": "hang",
    "resets_the_machine": "triple fault",
    "prints_forged_results": "forged",
}


@pytest.mark.stage
@pytest.mark.parametrize("name", ENDS)
def test_a_hostile_test_ends_as_in_qemu(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bochs_machine, "cpu_seconds_for", lambda guest_seconds: 8)
    (tmp_path / "heap.cpp").write_text(hostile_heap(name))
    (struck,) = toml(HOSTILE / "trigger.toml")["struck"]
    result = grade_lab(
        1, tmp_path, tests=(struck,), honour_needs=False, audited=False, emulator=Emulator.BOCHS
    )
    assert [str(test.outcome) for test in result.tests] == [ENDS[name]]


@pytest.mark.stage
def test_the_first_prompt_has_its_help_on_the_screen() -> None:
    """In a terminal of 80 by 24, without a display."""
    assert max(map(len, bochs_command.HELP.splitlines())) < 80
    screen = pyte.Screen(80, 24)
    stream = pyte.Stream(screen)
    command = "make -s bochs LAB=1 TEST=heap.allocates"
    child = pexpect.spawn(command, cwd=str(TREE.root), dimensions=(24, 80), encoding="utf-8")
    try:
        child.expect(r"<bochs:\d+>", timeout=120)
        stream.feed(child.before + child.after)
        shown = "\n".join(screen.display)
        for words in ("s [N]  one instruction", "q ends", "(test_heap_allocates+0)", "<bochs:"):
            assert words in shown, shown
        child.sendline("q")
        child.expect(pexpect.EOF, timeout=60)
    finally:
        child.close(force=True)
    assert child.exitstatus == 0
