"""A machine that runs one test after another: each finds it as the first did."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pollux.building.stage import Stage, build_own
from pollux.errors import GraderError
from pollux.host import processes
from pollux.machine.emulator import ENDING
from pollux.machine.image import Image
from pollux.machine.machine import Ended, Machine, Orders
from pollux.machine.memory import PAGE, Memory
from pollux.machine.patience import Stopped
from pollux.machine.siphash import Key
from pollux.machine.snapshot import Snapshots
from pollux.verdict import ktap
from pollux.verdict.judge import BAD_ORDERS, SUCCESS

from support import TREE

KEY = Key(7, 11)
SIZE = 16 * PAGE


@pytest.fixture
def memory() -> Iterator[Memory]:
    memory = Memory(SIZE)
    yield memory
    memory.close()


def test_memory_goes_back_to_what_it_held(memory: Memory) -> None:
    for at, content in ((0, b"begin"), (3 * PAGE - 2, b"over"), (SIZE - 3, b"end")):
        memory.write(at, content)
    memory.write(5 * PAGE, bytes(PAGE))
    before = memory.read(0, SIZE)
    contents = memory.contents()

    memory.write(3 * PAGE, b"else")
    memory.write(9 * PAGE, b"more")
    memory.fill(contents)

    assert memory.read(0, SIZE) == before
    assert [(at, len(run)) for at, run in contents.runs] == [
        (0, PAGE),
        (2 * PAGE, 2 * PAGE),
        (SIZE - PAGE, PAGE),
    ]
    assert memory.read(SIZE - 1, 5) == b"d"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    # A copy: `make bochs` of another test writes its orders into the image in build/.
    stage = build_own(TREE, TREE.lab(1), tmp_path_factory.mktemp("own"), lambda: None)
    assert isinstance(stage, Stage), stage
    return Machine(stage.iso, 64, Image(stage.elf))


def ordered(test: str) -> Orders:
    return Orders((f"heap.{test}",))


def said(ended: Ended) -> tuple[int, bytes, str]:
    return ended.status, ended.results, ended.console


@pytest.mark.stage
def test_a_run_leaves_nothing_to_the_next(machine: Machine, tmp_path: Path) -> None:
    tests = ("survives_a_random_life", "counts_live_blocks", "survives_a_random_life")
    with Snapshots(KEY, tmp_path / "one") as machines:
        first, other, again = (machines.run(machine, ordered(test)) for test in tests)
        emulators = list((tmp_path / "one").glob("*/results"))
    with Snapshots(KEY, tmp_path / "other") as machines:
        fresh = machines.run(machine, ordered(tests[0]))

    assert len(emulators) == 1
    assert said(first) == said(again) == said(fresh) != said(other)
    for ended, test in ((first, tests[0]), (other, tests[1])):
        transcript = ktap.parse(ended.results, KEY, f"heap.{test}")
        assert transcript.whole and ended.status == SUCCESS and ended.left
        assert ended.inspection is not None and ended.inspection.changed_at is None


@pytest.mark.stage
def test_each_run_has_orders_of_its_own(machine: Machine, tmp_path: Path) -> None:
    with Snapshots(KEY, tmp_path / "machines") as machines:
        bad = machines.run(machine, Orders(("heap.is_not_there_and_has_a_long_name",)))
        good = machines.run(machine, ordered("counts_live_blocks"))
    assert bad.status == BAD_ORDERS and "is_not_there_and_has_a_long_name" in bad.console
    assert good.status == SUCCESS and "misunderstood" not in good.console


@pytest.mark.stage
def test_what_was_changed_in_the_kernel_is_seen(machine: Machine, tmp_path: Path) -> None:
    """And put back for the next run."""
    part = machine.kernel.constant_parts[
        0
    ]  # it begins with the multiboot2 header, which only GRUB reads
    orders = ordered("counts_live_blocks")
    with Snapshots(KEY, tmp_path / "machines") as machines:
        emulator = machines._restored(machine)
        emulator.memory.write(part.physical, bytes([part.content[0] ^ 1]))
        changed = emulator.run(orders)
        machines._put(emulator)
        unchanged = machines.run(machine, orders)
    assert changed.inspection is not None and unchanged.inspection is not None
    assert changed.inspection.changed_at == part.virtual
    assert unchanged.inspection.changed_at is None


@pytest.mark.stage
def test_who_leaves_and_goes_on_is_found_out(machine: Machine, tmp_path: Path) -> None:
    """And its QEMU runs no other."""
    with Snapshots(KEY, tmp_path / "machines") as machines:
        emulator = machines._restored(machine)
        (emulator.folder / ENDING).write_bytes(b"\x2a\x2a")  # as the port's device notes it
        ended = emulator.run(ordered("counts_live_blocks"))
        emulator.close()
    assert ended.stopped is Stopped.LEFT_TWICE and not ended.left
    assert emulator._process.poll() is not None


@pytest.mark.stage
def test_an_idle_qemu_may_be_ended(machine: Machine, tmp_path: Path) -> None:
    orders = ordered("counts_live_blocks")
    with Snapshots(KEY, tmp_path / "machines") as machines:
        before = machines.run(machine, orders)
        (idle,) = machines._idle[machine.memory_mebibytes]
        processes.end(idle._process)
        after = machines.run(machine, orders)
        (other,) = machines._idle[machine.memory_mebibytes]
    assert other is not idle and said(before) == said(after)
    assert other._process.poll() is not None


@pytest.mark.stage
def test_a_variable_of_the_kernel_has_a_place(machine: Machine) -> None:
    physical, size = machine.kernel.place("held_orders")
    assert size == 1024 and 0 < physical < 64 << 20
    with pytest.raises(GraderError, match="stage-1.elf has no symbol held_ord"):
        machine.kernel.place("held_ord")
