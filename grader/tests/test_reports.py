"""The kernel's report of its own death: each death is caused, and the report says what happened and where to look."""

from pathlib import Path

import pytest

from support import TREE, grade_lab, hostile_heap, reference

SCREEN = 24

AT_ALLOCATE = "  at heap::allocate+"

DEATHS = {
    "writes_to_null": ("FAULT page fault at 0x", "look for a null pointer", AT_ALLOCATE),
    "jumps_into_nowhere": (
        "FAULT page fault at 0x",
        "look for a call through a pointer",
        AT_ALLOCATE,
    ),
    "overflows_the_stack": (
        "FAULT stack overflow: the kernel stack",
        "look for what calls itself",
        "  at hostile::descend+",
    ),
    "spins_with_interrupts_off": (
        "HANG rip=0x",
        "interrupts off",
        "with interrupts off, for what",
        AT_ALLOCATE,
    ),
}


@pytest.mark.stage
@pytest.mark.parametrize("name", DEATHS)
def test_a_death_below_the_events(name: str, tmp_path: Path) -> None:
    (tmp_path / "heap.cpp").write_text(hostile_heap(name))
    test = "heap.aligns_up_to_a_page"
    (result,) = grade_lab(1, tmp_path, tests=(test,), honour_needs=False, audited=False).tests
    for words in DEATHS[name]:
        assert words in result.console, result.console


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
    lost = ("    event.node.unlink();\n    executor().schedule(event); // (4)\n", "")
    said = report_of(3, "waker.cpp", lost, "timer.wakes_a_sleeper", tmp_path)
    assert said.startswith("HANG")
    assert "every event is blocked, and nothing has woken one" in said
    assert "waits for sleep" in said
    assert len(said.splitlines()) <= SCREEN, said


# Strikes at the second allocation of an event: `middle` makes `innermost`, and `outermost` awaits it.
STRIKE = """
namespace event { struct Event; Event* current(); }
namespace {
int allocations_of_events = 0;
void strike() {
    if (event::current() != nullptr && ++allocations_of_events == 2)
        kernel::panic("struck");
}
}
"""


@pytest.mark.stage
def test_a_panic_names_the_event_and_what_awaits_it(tmp_path: Path) -> None:
    for number, file in ((1, "heap.cpp"), (2, "executor.cpp")):
        folder = tmp_path / TREE.lab(number).folder
        folder.mkdir(parents=True)
        (folder / file).write_text(reference(TREE.lab(number), file))
    path = tmp_path / TREE.lab(1).folder / "heap.cpp"
    head = "void* allocate(std::size_t bytes, std::size_t alignment) {\n"
    source = path.read_text()
    assert source.count(head) == 1
    begin = '#include "kernel/lib/panic.hpp"\n' + STRIKE
    path.write_text(begin + source.replace(head, f"{head}    strike();\n"))
    test = "executor.goes_on_at_the_resume_point"
    (result,) = grade_lab(
        2, tmp_path, tests=(test,), honour_needs=False, own_layers=True, audited=False
    ).tests
    said = result.console[result.console.index("PANIC") :]
    assert said.startswith("PANIC labs/1-heap/heap.cpp:") and "struck" in said
    assert "at (anonymous_namespace)::middle" in said
    assert "in event 1, pid 0, poll 0" in said
    assert "awaited by (anonymous_namespace)::outermost.resume" in said
    assert len(said.splitlines()) <= SCREEN, said
